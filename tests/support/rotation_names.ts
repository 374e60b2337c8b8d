/**
 * How those who rotate logs name what they rotate.
 *
 * @module
 */

/** Who writes a log's file, and rotates it. */
export type LogKind = keyof typeof KINDS;

/** The names of one kind of log. */
export interface RotationNames {
  /** The name of the file that is written. */
  readonly live: string;
  /** Whether it holds lines of JSON, as Docker writes them. */
  readonly json: boolean;
  /** Whether a number is counted up at each rotation, 1 being the newest. */
  readonly counts: boolean;
  /** Files that are kept beside the live one at most. */
  readonly keeps: number;
  /** What is behind the live name in that of its nth rotated file. */
  ending(n: number): string;
  /** Sorts endings by age, oldest first. */
  compare(a: string, b: string): number;
}

const START = Date.UTC(2025, 2, 4, 5, 6, 7);
const byText = (a: string, b: string): number => a < b ? -1 : 1;
const countOf = (ending: string): number => Number(/\d+/.exec(ending)?.[0]);
const timeOf = (n: number): string => new Date(START + 1000 * n).toISOString().replace(/[-:]/g, "");
const dayOf = (n: number): string => new Date(START + 86_400_000 * n).toISOString().slice(0, 10).replaceAll("-", "");

const KINDS = {
  /** The kubelet: `0.log.20250304-050607`. */
  kubelet: {
    live: "0.log",
    json: false,
    counts: false,
    keeps: Infinity,
    ending: (n: number) => `.${timeOf(n).slice(0, 8)}-${timeOf(n).slice(9, 15)}`,
    compare: byText,
  },
  /** Docker with `max-file`: `….log.1` is the newest. */
  docker: {
    live: "0-json.log",
    json: true,
    counts: true,
    keeps: 3,
    ending: () => ".1",
    compare: (a: string, b: string) => countOf(b) - countOf(a),
  },
  /** Logrotate as it comes: `0.log.1` is the newest. */
  logrotate: {
    live: "0.log",
    json: false,
    counts: true,
    keeps: 4,
    ending: () => ".1",
    compare: (a: string, b: string) => countOf(b) - countOf(a),
  },
  /** Logrotate with `dateext`, one a day: `0.log-20250304`. */
  dateext: {
    live: "0.log",
    json: false,
    counts: false,
    keeps: Infinity,
    ending: (n: number) => `-${dayOf(n)}`,
    compare: byText,
  },
} as const satisfies Readonly<Record<string, RotationNames>>;

/** The names of a kind of log. */
export function rotationNames(kind: LogKind): RotationNames {
  return KINDS[kind];
}

/** All kinds. */
export const LOG_KINDS = Object.keys(KINDS) as readonly LogKind[];
