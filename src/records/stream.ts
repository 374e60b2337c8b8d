/**
 * The policy of a stream: which of history, stored records and follow answer a query over one log, in which order.
 *
 * - Backward: the stored records, newest first, then the history.
 * - Forward: the history, then the stored records. While later records may lie within the bounds, the stream catches
 *   up with the open follows of the same caller.
 * - Forward with a follow from the start: the same, and then what is written. A follow whose stop has passed is none.
 * - A follow from the end: only what is written, from where a stream of the same caller has just ended, or else from
 *   the end of the log. Time bounds do not count.
 *
 * Knows neither requests nor callers nor status codes. Gaps, cuts, problems and skipped lines are reported by
 * callback.
 *
 * @module
 */
import type { LogChanges } from "../logs/log_changes.ts";
import type { LogFile, LogFolders, OpenLogFile } from "../logs/log_file.ts";
import type { RateLimiter } from "../scheduling/rate_limiter.ts";
import { followLog } from "./follow/follow.ts";
import type { Handoff } from "./handoff.ts";
import type { GrowingFile } from "./history/growing_file.ts";
import { historyForward } from "./history/history.ts";
import { followStart, type OpenPosition } from "./log_position.ts";
import type { RecordQuery } from "./query.ts";
import { streamBackward } from "./scan/backward.ts";
import { streamForward } from "./scan/forward.ts";
import type { ScanOptions } from "./scan/log_scan.ts";
import type { TimeRangesOptions } from "./scan/time_ranges.ts";
import { storedBackward, storedForward } from "./stored_records.ts";

/** What is wanted of a log, and in which order. */
export interface StreamQuery extends RecordQuery {
  /** Which end comes first. */
  readonly direction: "forward" | "backward";
  /**
   * Whether a forward stream goes on with what is written: not at all, after what is there, or without what is there.
   * @default {"none"}
   */
  readonly follow?: "none" | "start" | "end" | undefined;
  /** Whether rotated files are read, too. @default {true} */
  readonly history?: boolean | undefined;
}

/** What a stream works with. */
export interface StreamOptions extends ScanOptions {
  /** The name of the log's link. */
  readonly fileName: string;
  /** Where logs may lie. */
  readonly folders: LogFolders;
  /** Tells a follow when the log changes. */
  readonly changes: LogChanges;
  /** Limits how often a follow reads. @default none: each change is read at once */
  readonly rateLimiter?: RateLimiter | undefined;
  /** The other streams of the caller over this log. @default none */
  readonly handoff?: Handoff | undefined;
  /** The node's clock in milliseconds since 1970. @default {Date.now} */
  readonly now?: (() => number) | undefined;
  /** Reports a file of which something cannot be sent, why, and how many bytes that is, as far as known. */
  readonly onGap?: ((path: string, reason: string, lost?: { readonly lostBytes: number }) => void) | undefined;
  /** Reports that a followed file was cut. */
  readonly onCut?: (() => void) | undefined;
  /** Reports why a follow cannot go on now, or that something may be lost. */
  readonly onProblem?: ((path: string, reason: string) => void) | undefined;
}

/**
 * Sends the records that the query asks for. Owns the file, and closes it.
 *
 * @throws {LogReadError} when the log cannot be read
 * @throws {LogLossError} when a follow cannot send something that was written
 * @throws {TooManyFilesError} when a follow finds no descriptor for the next file
 */
export async function streamLog(file: OpenLogFile, query: StreamQuery, options: StreamOptions): Promise<void> {
  if (isFollow(query, options)) {
    return await (query.follow === "end" ? followFromEnd : followFromStart)(file, query, options);
  }
  try {
    await sendStored(file, query, options);
  } finally {
    file[Symbol.dispose]();
  }
}

/** Sends the records of bytes from any source: they have neither a history nor a future. Does not close them. */
export async function streamBytes(
  bytes: LogFile,
  { direction, ...query }: StreamQuery,
  options: ScanOptions & Omit<TimeRangesOptions, "direction">,
): Promise<void> {
  await (direction === "forward" ? streamForward : streamBackward)(bytes, query, options);
}

/** Whether a stream goes on with what is written. One from the start does not, if its stop has passed. */
export function isFollow(query: StreamQuery, options: Pick<StreamOptions, "now"> = {}): boolean {
  const { direction, follow = "none" } = query;
  if (direction === "backward" || follow === "none") return false;
  return follow === "end" || !hasPassed(query, options);
}

/** Whether no record that is still to be written can lie within the bounds. */
function hasPassed({ stop }: RecordQuery, { now = Date.now }: Pick<StreamOptions, "now">): boolean {
  return stop !== undefined && stop.seconds * 1000 < now();
}

async function sendStored(file: OpenLogFile, query: StreamQuery, options: StreamOptions): Promise<void> {
  const { fileName } = options;
  const { direction, history = true } = query;
  const handoff = hasPassed(query, options) ? undefined : options.handoff;
  const onEnd = handoff?.noteEnd;
  if (direction === "backward") return await storedBackward(file, query, { ...options, history, onBegin: onEnd });
  const catchUpWith = handoff && { fileName, follows: handoff.openFollows, onEnd };
  await storedForward(file, query, { ...options, history, catchUpWith });
}

async function followFromStart(file: OpenLogFile, query: StreamQuery, options: StreamOptions): Promise<void> {
  const { history = true } = query;
  let growing: GrowingFile | undefined;
  const onGrowing = (rotated: GrowingFile): void => void (growing = rotated);
  const before = history
    ? (scan: ScanOptions): Promise<void> => historyForward(file, query, { ...options, ...scan, onGrowing })
    : undefined;
  await followLog(file, query, { ...options, from: "start", before, rotated: () => growing });
}

async function followFromEnd(live: OpenLogFile, { search }: StreamQuery, options: StreamOptions): Promise<void> {
  const { handoff } = options;
  const { file, position } = startOfFollow(live, options);
  const noted = handoff?.beginFollow(position);
  try {
    await followLog(file, { search }, { ...options, from: position.offset });
  } finally {
    noted?.[Symbol.dispose]();
  }
}

/** Where a follow from the end begins; closes the live file where it begins in another one, or cannot begin. */
function startOfFollow(live: OpenLogFile, { handoff, folders }: StreamOptions): OpenPosition {
  let file: OpenLogFile | undefined;
  try {
    const start = followStart(live, handoff?.recentEnd(), { folders });
    file = start.file;
    return start;
  } finally {
    if (file !== live) live[Symbol.dispose]();
  }
}
