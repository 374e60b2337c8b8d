/**
 * Following one file that was named on the command line.
 *
 * What is followed is the name: when it is given to another file, as a rotation does, that one comes next. Ends when
 * the name is gone for a while, or a stop has passed; else it is ended from outside.
 *
 * @module
 */
import { basename, resolve } from "node:path";
import type { LineFormat } from "../../logs/line_head.ts";
import { createLogChanges } from "../../logs/log_changes.ts";
import { LogNotFoundError, openLog, type OpenLogFile } from "../../logs/log_file.ts";
import { createBlockPool } from "../../records/scan/block_pool.ts";
import type { RecordSink } from "../../records/record_sink.ts";
import { streamLog, type StreamQuery } from "../../records/stream.ts";
import { START_BYTES, startOfAll, startText } from "./file_start.ts";
import { InputError } from "./input.ts";
import { FILE_FORMATS, sniffRecordsSync } from "./lines_of.ts";
import { foldersOf } from "./log_with_history.ts";

/** How a file is followed. */
export interface FollowFileOptions {
  /** Where the records go. */
  readonly sink: RecordSink;
  /** Told of what is lost, in words. */
  readonly warn: (line: string) => void;
}

/**
 * Sends a file's records, and those that are written to it; resolves to how many lines were looked at that are no
 * records.
 */
export async function followFile(path: string, query: StreamQuery, options: FollowFileOptions): Promise<number> {
  const { sink, warn } = options;
  const file = openFollowed(path);
  using changes = createLogChanges({ onProblem: warn });
  let skipped = 0;
  const format = sniffedFormat(path, file);
  await streamLog(file, query, {
    sink,
    pool: createBlockPool(),
    format,
    formatRules: FILE_FORMATS,
    fileName: basename(resolve(path)),
    folders: foldersOf(path),
    changes,
    signal: new AbortController().signal,
    onSkip: (lines) => void (skipped += lines),
    onProblem: (_, reason) => warn(`Problem with ${path}: ${reason}`),
    onGap: (gone, reason) => warn(`Left out ${gone}: ${reason}`),
  });
  return skipped;
}

/**
 * Detects at once how the lines of a followed file read; `undefined` for an empty file. Closes a file that it refuses.
 */
export function sniffedFormat(path: string, file: OpenLogFile): LineFormat | undefined {
  try {
    const first = new Uint8Array(START_BYTES);
    const start = startOfAll(first.subarray(0, file.peek(first, 0)));
    if (start.kind !== "text") throw new InputError(`Cannot follow ${path}: it is ${startText(start)}`);
    return file.size() === 0 ? undefined : sniffRecordsSync(file);
  } catch (error) {
    file[Symbol.dispose]();
    throw error;
  }
}

/**
 * Opens a file that is to be followed, by its name.
 *
 * @throws {InputError} when it cannot be opened
 */
export function openFollowed(path: string): OpenLogFile {
  try {
    if (path !== "-") return openLog(basename(resolve(path)), foldersOf(path));
  } catch (error) {
    if (!(error instanceof LogNotFoundError)) throw error;
    throw new InputError(`Cannot follow ${path}: ${error.message}`, { cause: error });
  }
  throw new InputError("Cannot follow standard input: it is read for as long as it is written, without being asked to");
}
