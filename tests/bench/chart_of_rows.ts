/**
 * What the bench's chart shows of its rows: the peer's time ÷ ours, by kind of pattern, and the same for what is done
 * at once.
 *
 * Of several patterns of a kind it shows the median; logs in CRI's form stand for both.
 *
 * @module
 */
import type { ChartBar, ChartGroup } from "./chart.ts";
import type { Sides } from "./measure.ts";
import { ratio, recordsPerCpuSecond, type Row } from "./row.ts";
import { median } from "./statistics.ts";

/** The groups of the chart; those without a bar are left out, and so is all that lacks the peer. */
export function chartGroups(rows: readonly Row[]): ChartGroup[] {
  const of = (...scenarios: readonly string[]): Row[] =>
    rows.filter(({ scenario, format }) => scenarios.includes(scenario) && format !== "docker");
  return [
    {
      heading: "Logs of applications, oldest first",
      bars: barsBy(of("applications"), ({ kind = "" }) => kind, fasterBy),
    },
    {
      heading: "Logs of applications, newest first",
      bars: barsBy(of("applications-backward"), ({ kind = "" }) => kind, fasterBy),
    },
    { heading: "Logs of random words, oldest first", bars: barsBy(of("forward"), ({ kind = "" }) => kind, fasterBy) },
    { heading: "Logs of random words, newest first", bars: barsBy(of("backward"), ({ kind = "" }) => kind, fasterBy) },
    { heading: "Every record, per CPU-second", bars: barsBy(of("records"), ({ name }) => name, moreRecordsBy) },
    { heading: "Many at once", bars: barsBy(of("eight", "thousand", "hundred"), ({ name }) => name, fasterBy) },
    { heading: "Newest first, the first record", bars: barsBy(of("first-record"), () => "median", soonerBy) },
  ].filter(({ bars }) => bars.length > 0);
}

function barsBy(
  rows: readonly Row[],
  labelOf: (row: Row) => string,
  timesOf: (sides: Sides) => number | undefined,
): ChartBar[] {
  const groups = Map.groupBy(rows, labelOf);
  return [...groups].flatMap(([label, members]) => {
    const times = members.map(({ sides }) => timesOf(sides)).filter((value) => value !== undefined);
    return times.length === 0 ? [] : [{ label, times: median(times) }];
  });
}

function fasterBy(sides: Sides): number | undefined {
  return inverse(ratio(sides, ({ wallMs }) => wallMs));
}

function moreRecordsBy(sides: Sides): number | undefined {
  return ratio(sides, recordsPerCpuSecond);
}

function soonerBy(sides: Sides): number | undefined {
  return inverse(ratio(sides, ({ firstMs }) => firstMs?.p50 ?? NaN));
}

function inverse(value: number | undefined): number | undefined {
  return value === undefined ? undefined : 1 / value;
}
