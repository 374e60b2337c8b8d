/**
 * What a log held before its last rotation: its rotated files, plain or compressed, read before or after the live one.
 *
 * Promises that each is read once, in the order of its content, and opened when it is needed: backward only when all newer ones are read, and where a time bound
 * says so, not at all. A rotated file that is gone or damaged ends nothing: what can be read is sent, and `onGap` is told.
 *
 * @module
 */
import { formatOfContent } from "../logs/line_format.ts";
import { emptyHead } from "../logs/line_head.ts";
import { openGzipLog } from "../logs/gzip_log.ts";
import {
  type LogFile,
  type LogFolders,
  LogNotFoundError,
  LogReadError,
  openAt,
  type OpenLogFile,
} from "../logs/log_file.ts";
import { placeAmong } from "../logs/packed_copy.ts";
import { type RotatedFile, rotatedFiles } from "../logs/rotated_files.ts";
import { compareTime, type Time } from "../logs/time.ts";
import { streamBackward } from "./backward.ts";
import { streamForward } from "./forward.ts";
import type { ScanOptions } from "./log_scan.ts";
import type { RecordQuery } from "./query.ts";

/** How far times may run against each other from file to file, in seconds. */
const SLACK_SECONDS = 60;
/** Bytes within which a file's first time is looked for. */
const SAMPLE_BYTES = 16 * 1024;

/** What a reader of rotated files needs besides the query. */
export interface HistoryOptions extends ScanOptions {
  /** Where logs may lie. */
  readonly folders: LogFolders;
  /** Told of each rotated file that is not whole, and why. */
  readonly onGap?: ((path: string, reason: string) => void) | undefined;
  /** What is read of a compressed file's content at most, in bytes. @default what {@linkcode openGzipLog} says */
  readonly maxUnpackedBytes?: number | undefined;
}

/** Sends the records of the files that were rotated before `live` was the log, oldest first. */
export async function historyForward(live: OpenLogFile, query: RecordQuery, options: HistoryOptions): Promise<void> {
  using opened = new DisposableStack();
  const files: LogFile[] = [];
  for await (const file of olderFiles(live, query, options)) files.push(opened.use(file));
  for (const file of files.reverse()) {
    await reading(file, options, () => streamForward(file, query, options));
  }
}

/** Sends the records of the files that were rotated before `live` was the log, newest first. */
export async function historyBackward(live: OpenLogFile, query: RecordQuery, options: HistoryOptions): Promise<void> {
  for await (const older of olderFiles(live, query, options)) {
    using file = older;
    await reading(file, options, () => streamBackward(file, query, options));
  }
}

/** Reads a rotated file; a fault in it is a gap, and the stream goes on. */
async function reading(file: LogFile, options: HistoryOptions, read: () => Promise<unknown>): Promise<void> {
  try {
    await read();
  } catch (error) {
    if (!(error instanceof LogReadError)) throw error;
    options.onGap?.(file.path, error.message);
  }
}

/** The files that may hold wanted records, newest first; each is opened when it is asked for. */
async function* olderFiles(live: OpenLogFile, query: RecordQuery, options: HistoryOptions): AsyncGenerator<LogFile> {
  const { start, stop } = query;
  let newer: Readonly<Time> | undefined = start === undefined ? undefined : await firstTime(live, options);
  for (const rotated of (await inOrder(live, options)).reverse()) {
    // Whatever an older file holds was written before what the newer one begins with.
    if (start !== undefined && newer !== undefined && newer.seconds + SLACK_SECONDS < start.seconds) return;
    using opened = new DisposableStack();
    const file = await openRotated(rotated, options);
    if (file === undefined) continue;
    opened.use(file);
    const first = start === undefined && stop === undefined ? undefined : await firstTime(file, options);
    newer = first ?? newer;
    if (stop !== undefined && first !== undefined && first.seconds - SLACK_SECONDS > stop.seconds) continue;
    opened.move();
    yield file;
  }
}

/** The rotated files of a log, oldest first: by their names, unless their times of change say that the clock they are named after was set back. */
async function inOrder(live: OpenLogFile, options: HistoryOptions): Promise<RotatedFile[]> {
  const files = rotatedFiles(live.path);
  // The log was rotated since it was opened: it and what is newer is not its history.
  const older = files.slice(0, placeAmong(files, live, options.folders));
  const isInOrder = [true, false].every((gzipped) => {
    const times = older.filter((file) => file.gzipped === gzipped).map((file) => file.modifiedMs);
    return times.every((time, index) => index === 0 || time >= (times[index - 1] ?? 0));
  });
  if (isInOrder) return older;
  const timed: { readonly file: RotatedFile; readonly first: Readonly<Time> | undefined }[] = [];
  for (const file of older) {
    using opened = await openRotated(file, { ...options, onGap: undefined });
    // One without a time stays behind the one that it is named after.
    timed.push({ file, first: (opened && await firstTime(opened, options)) ?? timed.at(-1)?.first });
  }
  return timed
    .sort((a, b) => a.first === undefined || b.first === undefined ? 0 : compareTime(a.first, b.first))
    .map(({ file }) => file);
}

async function openRotated(rotated: RotatedFile, options: HistoryOptions): Promise<LogFile | undefined> {
  const { folders, onGap, signal, maxUnpackedBytes } = options;
  for (const path of rotated.gzipped ? [rotated.path] : [rotated.path, `${rotated.path}.gz`]) {
    try {
      const file = openAt(path, folders);
      if (!path.endsWith(".gz")) return file;
      using opened = new DisposableStack();
      opened.use(file);
      const content = await openGzipLog(file, { signal, maxBytes: maxUnpackedBytes });
      opened.move();
      if (!content.isWhole) onGap?.(path, "it is damaged, or too long");
      return content;
    } catch (error) {
      // Compressed a moment ago, or removed.
      if (error instanceof LogNotFoundError) continue;
      if (!(error instanceof LogReadError)) throw error;
      return void onGap?.(path, error.message);
    }
  }
  onGap?.(rotated.path, "it was removed");
  return undefined;
}

/** The first time in a file, unless it is far from its start. */
async function firstTime(file: LogFile, { signal }: HistoryOptions): Promise<Time | undefined> {
  const bytes = new Uint8Array(Math.min(SAMPLE_BYTES, file.size()));
  let read: number;
  try {
    read = await file.read(bytes, 0);
  } catch (error) {
    // Reading it as a whole tells.
    if (error instanceof LogReadError) return undefined;
    throw error;
  }
  signal.throwIfAborted();
  const content = bytes.subarray(0, read);
  const format = formatOfContent(content, file.path);
  const head = emptyHead();
  for (let start = 0; start < read;) {
    const feed = content.indexOf(0x0a, start);
    if (feed < 0) return undefined;
    if (format.read(content, start, feed, head)) return { seconds: head.seconds, nanos: head.nanos };
    start = feed + 1;
  }
  return undefined;
}
