/**
 * Sends the records of a log's rotated files, plain or gzipped.
 *
 * Each file is read once, in the order of its content. A file is opened when its records are needed: backward after
 * all newer files, and never if the time bounds exclude it. If a rotated file is gone or damaged, the stream goes on:
 * the readable part is sent and `onGap` is called.
 *
 * @module
 */
import { openGzipLog } from "../../logs/gzip_log.ts";
import { type LogFile, LogNotFoundError, LogReadError, type OpenLogFile } from "../../logs/log_file.ts";
import { LogCutError, type UncutLog, uncutLog } from "../../logs/uncut_log.ts";
import type { Time } from "../../logs/time.ts";
import { streamBackward } from "../scan/backward.ts";
import { streamForward } from "../scan/forward.ts";
import {
  firstTimeOf,
  type HistoryFile,
  type HistoryFilesOptions,
  listHistory,
  openHistoryFile,
  startOf,
} from "./history_files.ts";
import { GrowingFile } from "./growing_file.ts";
import { mayGrow } from "../../logs/recent_rotation.ts";
import type { LogPosition } from "../log_position.ts";
import type { ScanOptions } from "../scan/log_scan.ts";
import type { RecordQuery } from "../query.ts";

/** By how many seconds the times of two files may overlap. */
const SLACK_SECONDS = 60;

/** Settings of a reader of rotated files. */
export interface HistoryOptions extends ScanOptions, HistoryFilesOptions {
  /** The most content of a gzipped file that is read, in bytes. @default that of {@linkcode openGzipLog} */
  readonly maxGunzippedBytes?: number | undefined;
}

/** Settings of a forward reader of rotated files. */
export interface HistoryForwardOptions extends HistoryOptions {
  /**
   * Called last, with the newest file, if its writer may still write to it. It is read up to an unfinished last line,
   * and whoever is called closes it. @default none: it is read to the end that it has, and closed
   */
  readonly onGrowing?: ((file: GrowingFile) => void) | undefined;
}

/** Settings of a backward reader of rotated files. */
export interface HistoryBackwardOptions extends HistoryOptions {
  /** Where to begin in the file that this is a position in. @default at its end */
  readonly end?: LogPosition | undefined;
}

/** Sends the records of the files that were rotated before `live` was the log, oldest first. */
export async function historyForward(
  live: OpenLogFile,
  query: RecordQuery,
  options: HistoryForwardOptions,
): Promise<void> {
  const { onGrowing } = options;
  const files = await Array.fromAsync(wantedFiles(live, query, options));
  const [newest] = files;
  for (const file of files.reverse()) {
    const isGrowing = onGrowing !== undefined && file === newest && mayGrow(file.listed, live, options.opening);
    await reading(file, { ...options, direction: "forward" }, async (log) => {
      if (!isGrowing || !isUncutLog(log)) return void await streamForward(log, query, options);
      const offset = await streamForward(log, query, { ...options, lastLine: "left" });
      onGrowing(new GrowingFile(log, offset));
      return "kept";
    });
  }
}

/** Sends the records of the files that were rotated before `live` was the log, newest first. */
export async function historyBackward(
  live: OpenLogFile,
  query: RecordQuery,
  options: HistoryBackwardOptions,
): Promise<void> {
  const { end } = options;
  for await (const file of wantedFiles(live, query, options)) {
    await reading(file, { ...options, direction: "backward" }, async (log) => {
      const isEnd = isUncutLog(log) && log.id === end?.id;
      await streamBackward(isEnd ? { ...log, size: () => Math.min(log.size(), end.offset) } : log, query, options);
    });
  }
}

function isUncutLog(log: LogFile): log is UncutLog {
  return "opening" in log;
}

/** Opens a file of the history and reads it; reports a fault in it as a gap. */
async function reading(
  file: HistoryFile,
  options: HistoryOptions & { readonly direction: "forward" | "backward" },
  read: (log: LogFile) => Promise<"kept" | void>,
): Promise<void> {
  const { onGap } = options;
  const { listed: { path, size, gzipped }, content: known } = file;
  try {
    const log = await openContent(file, options);
    if (log === undefined) {
      return onGap?.(path, "it was removed before it was read", { lostBytes: known?.bytes ?? (gzipped ? 0 : size) });
    }
    if (options.figures !== undefined) options.figures.rotatedFiles++;
    let isKept = false;
    try {
      isKept = await read(log) === "kept";
    } finally {
      if (!isKept) log[Symbol.dispose]();
    }
  } catch (error) {
    if (!(error instanceof LogReadError || error instanceof LogNotFoundError)) throw error;
    onGap?.(path, error.message, { lostBytes: error instanceof LogCutError ? error.lostBytes : 0 });
  }
}

/** Yields the files that may hold wanted records, newest first. */
async function* wantedFiles(
  live: OpenLogFile,
  query: RecordQuery,
  options: HistoryOptions,
): AsyncGenerator<HistoryFile> {
  const { start, stop } = query;
  const isBounded = start !== undefined || stop !== undefined;
  // An older file ends before the newer one begins.
  const isReached = (newer: Readonly<Time> | undefined): boolean =>
    start !== undefined && newer !== undefined && newer.seconds + SLACK_SECONDS < start.seconds;
  let newer = start === undefined ? undefined : await firstTimeOf(live, options);
  if (isReached(newer)) return;
  for (const file of (await listHistory(live, options)).reverse()) {
    if (isReached(newer)) return;
    const first = isBounded ? (await startOf(file, options))?.time : undefined;
    newer = first ?? newer;
    if (stop !== undefined && first !== undefined && first.seconds - SLACK_SECONDS > stop.seconds) continue;
    yield file;
  }
}

/** Opens the content of a file of the history; undefined if the file is gone. */
export async function openContent(
  file: HistoryFile,
  options: HistoryOptions & { readonly direction?: "forward" | "backward" },
): Promise<LogFile | undefined> {
  const { folders, onGap, signal, maxGunzippedBytes, direction = "forward" } = options;
  const found = openHistoryFile(file, folders);
  if (found === undefined) return undefined;
  using opened = new DisposableStack();
  opened.use(found);
  const isGzip = file.start === undefined ? found.path.endsWith(".gz") : isGzipped(file, found);
  const content = isGzip
    ? await openGzipLog(found, { signal, maxBytes: maxGunzippedBytes })
    : uncutLog(found, { direction });
  opened.move();
  if ("isWhole" in content && !content.isWhole) onGap?.(found.path, "it is damaged, or too long");
  return content;
}

/** Reports whether the opened file, the listed one or its copy, is gzipped. */
function isGzipped({ listed, start }: HistoryFile, { id, path }: OpenLogFile): boolean {
  return id === listed.id ? start?.encoding === "gzip" : path.endsWith(".gz");
}
