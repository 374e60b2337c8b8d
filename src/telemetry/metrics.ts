/**
 * The metrics of one process: plain numbers, kept in memory. To add to one costs an addition; to have something read
 * only when somebody asks, register it with `collect`. What is measured is `metric_table.ts`.
 *
 * @module
 */
import { exportedName, type LabelsOf, type MetricName, type MetricOf, metricRow, METRICS } from "./metric_table.ts";
import type { MetricRow, Program } from "./metric_row.ts";
import { createSeries, type Labels, type Sample, type Series } from "./_series.ts";

/** The labels of a metric, which may be left out where it has none. */
export type LabelArgs<Name extends MetricName> = LabelsOf<Name> extends undefined ? [] : [labels: LabelsOf<Name>];

/** What may follow the name of a counter: how much, and the labels. */
export type AddArgs<Name extends MetricName> = LabelsOf<Name> extends undefined ? [n?: number]
  : [n: number, labels: LabelsOf<Name>];

/**
 * The metrics of one process. Each function throws a `RangeError` for a label whose value is not in the table, and for
 * a number that makes no sense.
 */
export interface Metrics {
  /** Adds to a counter a whole number from 0, @default 1. Once per batch or block, never per line. */
  add<Name extends MetricOf<"counter">>(name: Name, ...args: AddArgs<Name>): void;
  /** Sets a gauge. One that was never set is not exported. */
  set<Name extends MetricOf<"gauge">>(name: Name, value: number, ...labels: LabelArgs<Name>): void;
  /** Counts one observation of a histogram. */
  observe<Name extends MetricOf<"histogram">>(name: Name, value: number, ...labels: LabelArgs<Name>): void;
  /** Has a gauge or counter read whenever somebody asks; `undefined` means that it is not known. */
  collect<Name extends MetricOf<"gauge" | "counter">>(
    name: Name,
    read: () => number | undefined,
    ...labels: LabelArgs<Name>
  ): void;
  /** The value now: that of a counter or gauge, NaN where it is not known; of a histogram how much was observed. */
  value<Name extends MetricName>(name: Name, ...labels: LabelArgs<Name>): number;
  /**
   * The counters of this program by name, those of labels that are not 0 as `name.value`. For a line of the log, so
   * without those that only an ecosystem reads.
   */
  snapshot(): Readonly<Record<string, number>>;
  /** The metrics of this program, to be exported. */
  families(): readonly MetricFamily[];
}

/** One metric, as it is exported. */
export interface MetricFamily {
  /** Its name, with the prefix. */
  readonly name: string;
  /** How it moves. */
  readonly kind: MetricRow["kind"];
  /** What it says. */
  readonly help: string;
  /** Its series as they are now. */
  readonly samples: () => readonly Sample[];
}

/** Metrics of which none has counted anything. */
export function createMetrics(program: Program = "agent"): Metrics {
  const names = Object.keys(METRICS) as MetricName[];
  const all = Object.fromEntries(
    names.map((name) => [name, createSeries(exportedName(name), metricRow(name))]),
  ) as Record<MetricName, Series>;
  const own = names.filter((name) => isOf(program, name));
  // Typed by the interface: an argument list there is optional arguments here, so that a call makes no array.
  const metrics = {
    add: (name: MetricName, n?: number, labels?: Labels): void => all[name].add(n ?? 1, labels),
    set: (name: MetricName, value: number, labels?: Labels): void => all[name].set(value, labels),
    observe: (name: MetricName, value: number, labels?: Labels): void => all[name].observe(value, labels),
    collect: (name: MetricName, read: () => number | undefined, labels?: Labels): void =>
      all[name].collect(read, labels),
    value: (name: MetricName, labels?: Labels): number => all[name].value(labels),
    snapshot: (): Readonly<Record<string, number>> => {
      const counters = own.filter((name) => metricRow(name).kind === "counter" && exportedName(name) !== name);
      return Object.fromEntries(counters.flatMap((name) => countsOf(name, all[name])));
    },
    families: (): MetricFamily[] =>
      own.map((name) => {
        const { kind, help } = metricRow(name);
        return { name: exportedName(name), kind, help, samples: (): Sample[] => all[name].all() };
      }),
  };
  return metrics as Metrics;
}

/** Reports whether a program has a metric. */
function isOf(program: Program, name: MetricName): boolean {
  const { program: owner = "agent" } = metricRow(name);
  return owner === program || owner === "both";
}

function countsOf(name: MetricName, series: Series): [string, number][] {
  if (metricRow(name).labels === undefined) return [[name, series.value()]];
  return series.all()
    .filter(({ value }) => value > 0)
    .map(({ labels, value }) => [[name, ...Object.values(labels)].join("."), value]);
}
