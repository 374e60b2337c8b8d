/**
 * All series of one metric, a number each; those of a histogram have one per bucket. There is one for each combination
 * of the labels' values from the start, so that none can be made by what somebody asks.
 *
 * @module
 */
import type { MetricRow } from "./metric_row.ts";

/** A value for each label; none for a metric without labels. */
export type Labels = Readonly<Record<string, string>>;

/** One series as it is now. */
export interface Sample {
  /** Its labels. */
  readonly labels: Labels;
  /** That of a counter or gauge; of a histogram how much was observed. */
  readonly value: number;
  /** Of a histogram: what was observed in all. */
  readonly sum: number;
  /** Of a histogram: how much was at most as large as each bound, from the lowest. */
  readonly buckets: readonly { readonly bound: number; readonly count: number }[];
}

/** The series of one metric. */
export interface Series {
  /** Adds to a counter. */
  add(n: number, labels?: Labels): void;
  /** Sets a gauge. */
  set(value: number, labels?: Labels): void;
  /** Counts one observation of a histogram. */
  observe(value: number, labels?: Labels): void;
  /** Has a series read when somebody asks. */
  collect(read: () => number | undefined, labels?: Labels): void;
  /** The value of a series now; NaN where it has none. */
  value(labels?: Labels): number;
  /** Every series that has a value. */
  all(): Sample[];
}

/** The series of a metric of this name: counters and histograms stand at 0, gauges at nothing. */
export function createSeries(name: string, row: MetricRow): Series {
  const lists = Object.entries(row.labels ?? {});
  const size = lists.reduce((product, [, values]) => product * values.length, 1);
  const bounds = row.buckets ?? [];
  const counts = new Float64Array(size).fill(row.kind === "gauge" ? NaN : 0);
  const sums = new Float64Array(row.kind === "histogram" ? size : 0);
  const buckets = new Float64Array(size * bounds.length);
  const reads = new Map<number, () => number | undefined>();

  /** The place of a series. */
  function at(labels?: Labels): number {
    let index = 0;
    for (const [label, values] of lists) {
      const found = values.indexOf(labels?.[label] ?? "");
      if (found === -1) {
        throw new RangeError(`Cannot find a series of ${name}: ${label} is "${labels?.[label]}"`);
      }
      index = index * values.length + found;
    }
    return index;
  }

  function check(ok: boolean, value: number, expected: string): void {
    if (!ok) throw new RangeError(`Cannot change ${name}: expected ${expected}, got ${value}`);
  }

  function read(index: number): number {
    const collected = reads.get(index);
    return collected === undefined ? counts[index] ?? NaN : collected() ?? NaN;
  }

  return {
    add(n, labels): void {
      check(Number.isSafeInteger(n) && n >= 0, n, "a whole number from 0");
      increase(counts, at(labels), n);
    },
    /** Sets a gauge. */
    set(value, labels): void {
      check(Number.isFinite(value), value, "a number");
      counts[at(labels)] = value;
    },
    observe(value, labels): void {
      check(Number.isFinite(value) && value >= 0, value, "a number from 0");
      const index = at(labels);
      increase(counts, index, 1);
      increase(sums, index, value);
      const bucket = bounds.findIndex((bound) => value <= bound);
      if (bucket !== -1) increase(buckets, index * bounds.length + bucket, 1);
    },
    collect: (read, labels) => void reads.set(at(labels), read),
    value: (labels) => read(at(labels)),
    all: () =>
      Array.from({ length: size }, (_, index) => {
        let below = 0;
        return {
          labels: labelsAt(index, lists),
          value: read(index),
          sum: sums[index] ?? 0,
          buckets: bounds.map((bound, bucket) => ({
            bound,
            count: below += buckets[index * bounds.length + bucket] ?? 0,
          })),
        };
      }).filter(({ value }) => !Number.isNaN(value)),
  };
}

function increase(numbers: Float64Array, index: number, by: number): void {
  numbers[index] = (numbers[index] ?? 0) + by;
}

/** The labels of the series at a place. */
function labelsAt(index: number, lists: readonly (readonly [string, readonly string[]])[]): Labels {
  let rest = index;
  const found = lists.toReversed().map(([label, values]) => {
    const value = values[rest % values.length] ?? "";
    rest = Math.floor(rest / values.length);
    return [label, value] as const;
  });
  return Object.fromEntries(found.toReversed());
}
