/**
 * A log's records up to the end that it has, and those of its history, in either direction.
 *
 * Where a log is cut under the stream, nothing of its newer content is sent as if it were the older. The stream goes
 * on in the copy that was made before the cut, if there is one, and `onGap` is called with what is lost.
 *
 * @module
 */
import type { LogFile, OpenLogFile } from "../logs/log_file.ts";
import { LogCutError, type UncutLog, uncutLog } from "../logs/uncut_log.ts";
import { streamBackward } from "./scan/backward.ts";
import { streamForward } from "./scan/forward.ts";
import type { GrowingFile } from "./history/growing_file.ts";
import { historyBackward, historyForward, type HistoryOptions, openContent } from "./history/history.ts";
import { findCopy } from "./history/history_files.ts";
import { endOfFile, type LogPosition, rotatedEnd } from "./log_position.ts";
import { catchUp, type CatchUpOptions } from "./catch_up.ts";
import type { RecordQuery } from "./query.ts";

/** What can be set. */
export interface StoredOptions extends HistoryOptions {
  /** Whether rotated files are read, too. @default {true} */
  readonly history?: boolean;
  /**
   * Catches up with open follows, forward. @default none: reads to where the log ended when the stream began to read it
   */
  readonly catchUpWith?: Pick<CatchUpOptions, "fileName" | "follows" | "onEnd" | "unfinishedMs"> | undefined;
  /** Told how far the log is read, backward, when that begins. */
  readonly onBegin?: ((position: LogPosition) => void) | undefined;
}

/** Sends the records of the log and its history, oldest first. */
export async function storedForward(file: OpenLogFile, query: RecordQuery, options: StoredOptions): Promise<void> {
  const { history = true, catchUpWith } = options;
  const log = uncutLog(file, { direction: "forward" });
  // Asked for before history is read: a follow that begins meanwhile is to be met, not passed.
  const size = catchUpWith && endOfFile(log).offset;
  const earlier = [...catchUpWith?.follows?.() ?? []];
  let growing: GrowingFile | undefined;
  const onGrowing = (rotated: GrowingFile): void => void (growing = rotated);
  if (history) await historyForward(file, query, { ...options, opening: log.opening, onGrowing });
  // Set by a callback, which the compiler does not see.
  const rotated = growing as GrowingFile | undefined;
  try {
    // Asked for before the rest of the rotated file is read: what is there in the log came after all of that.
    const end = rotated === undefined ? size : await sendRest(rotated, log, query, { ...options, earlier });
    if (end === "done") return;
    await reading(log, options, (content) => {
      if (content !== log) return streamForward(content, query, options);
      if (catchUpWith !== undefined) return catchUp(log, query, { ...options, ...catchUpWith, size: end });
      return streamForward(end === undefined ? log : { ...log, size: () => end }, query, options);
    });
    // What went through a buffer before the rotation may be written to the old file last.
    await rotated?.sendRest(query, options);
  } finally {
    rotated?.[Symbol.dispose]();
  }
}

/** Sends the records of the log and its history, newest first. */
export async function storedBackward(file: OpenLogFile, query: RecordQuery, options: StoredOptions): Promise<void> {
  const { history = true, onBegin } = options;
  const log = uncutLog(file, { direction: "backward" });
  // Asked for before the log is read: while nothing is in it, a follow goes on in the rotated file.
  const end = history && onBegin !== undefined && log.opening.head.length === 0
    ? rotatedEnd(file, options.folders)
    : undefined;
  await reading(log, options, (content) => {
    if (content !== log) return streamBackward(content, query, options);
    const size = log.size();
    onBegin?.(end ?? { id: log.id, offset: size });
    return streamBackward({ ...log, size: () => size }, query, options);
  });
  if (history) await historyBackward(file, query, { ...options, opening: log.opening, end });
}

/**
 * Sends what was written to the rotated file while history was read. Resolves to where the log ends that follows it;
 * to "done" where the stream ends in the rotated file, since nothing follows it yet, or a follow has begun there.
 */
async function sendRest(
  rotated: GrowingFile,
  log: UncutLog,
  query: RecordQuery,
  options: StoredOptions & { readonly earlier: readonly LogPosition[] },
): Promise<number | "done"> {
  const { catchUpWith, earlier } = options;
  // Those that have begun before this stream may have left their first file since.
  const follows = (): LogPosition[] => [...catchUpWith?.follows?.() ?? []].filter((one) => !earlier.includes(one));
  let checkedTo = 0;
  while (true) {
    const size = catchUpWith === undefined ? log.size() : endOfFile(log).offset;
    // A follow sends what comes of a last line; where there is none, the line is as it is.
    await rotated.sendRest(query, { ...options, lastLine: () => size > 0 || follows().length === 0 ? "sent" : "left" });
    // Nothing is waited for between the last look at the follows and the end.
    const { id, offset } = rotated.position;
    const begins = follows();
    const last = Math.max(...begins.map((begin) => begin.id === id ? begin.offset : 0));
    if (last > Math.max(offset, checkedTo)) {
      checkedTo = last;
      continue;
    }
    const isInRotated = begins.every((begin) => begin.id === id);
    if (begins.length === 0 ? size > 0 : !isInRotated) return size;
    catchUpWith?.onEnd?.({ id, offset: rotated.lineStart });
    return "done";
  }
}

/** Reads the log; where it was cut, what is left to read of its copy. */
async function reading(
  log: UncutLog,
  options: StoredOptions,
  read: (content: LogFile) => Promise<unknown>,
): Promise<void> {
  const { onGap } = options;
  try {
    await read(log);
  } catch (error) {
    if (!(error instanceof LogCutError)) throw error;
    const lostBytes = error.lostBytes - await readRest(log, options, read);
    if (lostBytes > 0) onGap?.(log.path, cutReason({ lostBytes, size: error.size }), { lostBytes });
  }
}

function cutReason({ lostBytes, size }: { readonly lostBytes: number; readonly size: number }): string {
  return `it was cut: ${lostBytes} of ${size} bytes were not read`;
}

/** Reads the rest of a log in the copy that was made before it was cut. Resolves to how many bytes that was. */
async function readRest(
  log: UncutLog,
  options: StoredOptions,
  read: (content: LogFile) => Promise<unknown>,
): Promise<number> {
  const copy = await findCopy(log, options);
  const opened = copy && await openContent(copy, options);
  if (opened === undefined) return 0;
  using content = opened;
  const size = content.size();
  const { from, to } = log.isForward
    ? { from: Math.min(log.reached(), size), to: size }
    : { from: 0, to: Math.min(log.reached(), size) };
  await read({
    path: content.path,
    size: () => to - from,
    read: (into, position, options) =>
      content.read(into.subarray(0, Math.max(0, to - from - position)), from + position, options),
    [Symbol.dispose]: () => {},
  });
  return to - from;
}
