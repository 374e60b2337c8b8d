/**
 * How a file begins: what tells whether it came after another one, where its name does not.
 *
 * @module
 */
import { type LogFolders, LogNotFoundError, openAt, type OpenLogFile, TooManyFilesError } from "../../logs/log_file.ts";
import { isSameStart } from "../../logs/log_opening.ts";
import { firstTimeIn } from "../../logs/log_start.ts";
import { gzippedHead } from "../../logs/gzipped_copy.ts";
import type { RotatedFile } from "../../logs/rotated_files.ts";
import { compareTime, type Time } from "../../logs/time.ts";

/** Bytes in which the first time is searched. */
const SAMPLE_BYTES = 16 * 1024;

/** Bytes that are compared. */
const HEAD_BYTES = 1024;

/** How a file begins. */
export interface FileStart {
  /** Its first bytes, at most a kilobyte. */
  readonly head: Uint8Array;
  /** The first time in them. */
  readonly time: Readonly<Time> | undefined;
}

/**
 * Reads how a file begins, or the content of a compressed one.
 *
 * @throws {LogReadError}
 */
export function fileStart(file: OpenLogFile, { isGzipped }: { readonly isGzipped: boolean }): FileStart {
  const bytes = new Uint8Array(isGzipped ? 0 : SAMPLE_BYTES);
  const content = isGzipped ? gzippedHead(file) : bytes.subarray(0, file.peek(bytes, 0));
  return { head: content.slice(0, HEAD_BYTES), time: firstTimeIn(content, file.path.replace(/\.gz$/, "")) };
}

/** How a file of which only the first bytes are known begins, if there is a time in them. */
export function startOfHead(head: Uint8Array, { path }: OpenLogFile): FileStart | undefined {
  return timed({ head, time: firstTimeIn(head, path) });
}

/** How a plain file begins, if there is a time in it. */
export function timedStart(file: OpenLogFile): FileStart | undefined {
  return timed(fileStart(file, { isGzipped: false }));
}

/** How a rotated file begins, if it can be opened and holds something. */
export function startOfRotated(rotated: RotatedFile | undefined, folders: LogFolders): FileStart | undefined {
  if (rotated === undefined) return undefined;
  try {
    using file = openAt(rotated.path, folders);
    // Twice in use, or the bundle's minifier drops the `using`.
    return file.size() === 0 ? undefined : fileStart(file, { isGzipped: rotated.gzipped });
  } catch (error) {
    if (error instanceof LogNotFoundError || error instanceof TooManyFilesError) return undefined;
    throw error;
  }
}

/**
 * Reports whether a file was begun after another one; undefined where their content does not tell. One that begins
 * alike is a copy.
 */
export function beganAfter(file: FileStart, other: FileStart): boolean | undefined {
  if (isSameStart(file.head, other.head)) return false;
  if (file.time === undefined || other.time === undefined) return undefined;
  return compareTime(file.time, other.time) >= 0;
}

/** Reports whether a rotated file was begun after another file, as far as the times in both tell. */
export function rotatedBeganAfter(rotated: RotatedFile, other: FileStart, folders: LogFolders): boolean {
  if (other.time === undefined || isOlder(rotated, other)) return false;
  const start = startOfRotated(rotated, folders);
  return start !== undefined && beganAfter(start, other) === true;
}

/** Reports whether a rotated file was written for the last time before another file was begun. */
export function isOlder({ modifiedMs }: RotatedFile, { time }: FileStart): boolean {
  return time !== undefined && modifiedMs < time.seconds * 1000;
}

/** Sorts by the first times; one without a time stays behind the one before it. */
export function sortByStart<T extends { readonly start: FileStart }>(files: readonly T[]): T[] {
  let last: Readonly<Time> = { seconds: -Infinity, nanos: 0 };
  return files
    .map((file) => ({ file, time: last = file.start.time ?? last }))
    .sort((a, b) => compareTime(a.time, b.time))
    .map(({ file }) => file);
}

function timed(start: FileStart): FileStart | undefined {
  return start.time === undefined ? undefined : start;
}
