/**
 * One metric, as the table has it.
 *
 * @module
 */

/** The programs of which each has its own metrics. */
export type Program = "agent" | "collector";

/** One metric. */
export interface MetricRow {
  /** How it moves: it only grows, it goes up and down, or it counts what was observed by size. */
  readonly kind: "counter" | "gauge" | "histogram";
  /** What it says, as its `HELP` line: one sentence. */
  readonly help: string;
  /** Which program has it. @default {"agent"} */
  readonly program?: Program | "both";
  /** Each label with all its values. */
  readonly labels?: Readonly<Record<string, readonly string[]>>;
  /** The upper bounds of a histogram's buckets, from the lowest. */
  readonly buckets?: readonly number[];
}
