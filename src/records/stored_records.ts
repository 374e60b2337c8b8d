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
import { historyBackward, historyForward, type HistoryOptions, openContent } from "./history/history.ts";
import { findCopy } from "./history/history_files.ts";
import { endOfFile, type LogPosition } from "./log_position.ts";
import { catchUp, type CatchUpOptions } from "./catch_up.ts";
import type { RecordQuery } from "./query.ts";

/** What can be set. */
export interface StoredOptions extends HistoryOptions {
  /** Whether rotated files are read, too. @default {true} */
  readonly history?: boolean;
  /**
   * Catches up with open follows, forward. @default none: reads to where the log ended when the stream began to read it
   */
  readonly catchUpWith?: Pick<CatchUpOptions, "fileName" | "follows" | "onEnd"> | undefined;
  /** Told how far the log is read, backward, when that begins. */
  readonly onBegin?: ((position: LogPosition) => void) | undefined;
}

/** Sends the records of the log and its history, oldest first. */
export async function storedForward(file: OpenLogFile, query: RecordQuery, options: StoredOptions): Promise<void> {
  const { history = true, catchUpWith } = options;
  const log = uncutLog(file, { direction: "forward" });
  // Asked for before history is read: a follow that begins meanwhile is to be met, not passed.
  const size = catchUpWith && endOfFile(log).offset;
  if (history) await historyForward(file, query, { ...options, opening: log.opening });
  await reading(
    log,
    options,
    (content) =>
      content === log && catchUpWith !== undefined
        ? catchUp(log, query, { ...options, ...catchUpWith, size })
        : streamForward(content, query, options),
  );
}

/** Sends the records of the log and its history, newest first. */
export async function storedBackward(file: OpenLogFile, query: RecordQuery, options: StoredOptions): Promise<void> {
  const { history = true, onBegin } = options;
  const log = uncutLog(file, { direction: "backward" });
  await reading(log, options, (content) => {
    if (content !== log) return streamBackward(content, query, options);
    const size = log.size();
    onBegin?.({ id: log.id, offset: size });
    return streamBackward({ ...log, size: () => size }, query, options);
  });
  if (history) await historyBackward(file, query, { ...options, opening: log.opening });
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
