/**
 * The bench's words on the terminal: a table that grows row by row, and what was not as it should be.
 *
 * @module
 */
import { type Check, isGood, ratio, recordsPerCpuSecond, type Row } from "./row.ts";

interface Column {
  readonly title: string;
  readonly width: number;
  readonly text: (row: Row) => string;
}

const milliseconds = (value: number | undefined): string =>
  value === undefined ? "–" : value.toFixed(value < 100 ? 1 : 0);
const share = (value: number | undefined): string => value === undefined ? "–" : value.toFixed(3);
const megabytes = (value: number | undefined): string => value === undefined ? "–" : (value / 1e6).toFixed(0);
const thousands = (value: number | undefined): string => value === undefined ? "–" : `${(value / 1_000).toFixed(0)}k`;

/** Negative widths are set flush left. */
const COLUMNS: readonly Column[] = [
  { title: "", width: -40, text: ({ name }) => name.length > 40 ? `${name.slice(0, 39)}…` : name },
  { title: "kind", width: -29, text: ({ kind = "" }) => kind },
  { title: "log", width: -6, text: ({ format = "" }) => format },
  { title: "rounds", width: 6, text: ({ sides }) => String(sides.ours?.rounds ?? "") },
  { title: "records", width: 9, text: ({ sides }) => String(sides.ours?.frames ?? "") },
  { title: "ours ms", width: 8, text: ({ sides }) => milliseconds(sides.ours?.wallMs) },
  { title: "peer ms", width: 8, text: ({ sides }) => milliseconds(sides.peer?.wallMs) },
  { title: "rg ms", width: 7, text: ({ rgMs }) => milliseconds(rgMs) },
  { title: "wall", width: 7, text: ({ sides }) => share(ratio(sides, ({ wallMs }) => wallMs)) },
  { title: "CPU", width: 7, text: ({ sides }) => share(ratio(sides, ({ cpuMs }) => Math.max(10, cpuMs))) },
  {
    title: "÷before",
    width: 7,
    text: ({ sides: { ours, before } }) => share(ours && before && ours.cpuMs / before.cpuMs),
  },
  { title: "rec/CPU-s", width: 9, text: ({ sides }) => thousands(sides.ours && recordsPerCpuSecond(sides.ours)) },
  { title: "peer's", width: 7, text: ({ sides }) => thousands(sides.peer && recordsPerCpuSecond(sides.peer)) },
  { title: "MB", width: 4, text: ({ sides }) => megabytes(sides.ours?.peakRssBytes) },
  { title: "peer", width: 4, text: ({ sides }) => megabytes(sides.peer?.peakRssBytes) },
];

/** The line over the rows of a scenario. */
export function headLine(): string {
  return COLUMNS.map(({ title, width }) => padded(title, width)).join(" ");
}

/** The line of a row, with its bars at the end, and further lines where there is more to say. */
export function rowLines(row: Row): string[] {
  const empty = Object.keys(row.sides).length === 0;
  const cells = COLUMNS.map(({ text, width }, at) => padded(empty && at > 2 ? "" : text(row), width));
  const line = `${cells.join(" ")}  ${isGood(row) ? "ok  " : "FAIL"} ${row.checks.map(checkText).join(", ")}`;
  return [line, ...extraLines(row), ...row.problems.map((problem) => `    ${problem}`)];
}

/** Latencies, where they were measured. */
function extraLines({ sides }: Row): string[] {
  return Object.entries(sides).flatMap(([side, { firstMs, healthMs }]) => [
    ...(firstMs === undefined
      ? []
      : [`    ${side}: first record p50 ${firstMs.p50.toFixed(2)} ms, p99 ${firstMs.p99.toFixed(2)} ms`]),
    ...(healthMs === undefined ? [] : [
      `    ${side}: ${healthMs.checks} health checks, p50 ${healthMs.p50.toFixed(1)} ms, p99 ${
        healthMs.p99.toFixed(1)
      } ms, ` +
      `slowest ${healthMs.max.toFixed(1)} ms`,
    ]),
  ]);
}

/** A bar in a few signs: `wall 0.31 ≤ 0.5`. */
export function checkText({ what, value, limit, sense, met }: Check): string {
  const digits = Math.abs(value) < 10 ? 2 : 0;
  const sign = sense === "at most" ? (met ? "≤" : ">") : (met ? "≥" : "<");
  return `${what} ${value.toFixed(digits)} ${sign} ${Number(limit.toFixed(3))}`;
}

function padded(text: string, width: number): string {
  return width < 0 ? text.padEnd(-width) : text.padStart(width);
}
