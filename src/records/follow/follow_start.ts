/**
 * How a file begins: what tells whether it came after another one, where its name does not.
 *
 * @module
 */
import type { OpenLogFile } from "../../logs/log_file.ts";
import { isSameStart } from "../../logs/log_opening.ts";
import { firstTimeIn } from "../../logs/log_start.ts";
import { packedHead } from "../../logs/gzipped_copy.ts";
import { compareTime, type Time } from "../../logs/time.ts";

/** Bytes in which the first time is looked for. */
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
 * Looks how a file begins, or the content of a compressed one.
 *
 * @throws {LogReadError}
 */
export function fileStart(file: OpenLogFile, { isGzipped }: { readonly isGzipped: boolean }): FileStart {
  const bytes = new Uint8Array(isGzipped ? 0 : SAMPLE_BYTES);
  const content = isGzipped ? packedHead(file) : bytes.subarray(0, file.peek(bytes, 0));
  return { head: content.slice(0, HEAD_BYTES), time: firstTimeIn(content, file.path.replace(/\.gz$/, "")) };
}

/** Whether a file was begun after another one, as far as their content tells: undefined where it does not. One that begins alike is a copy. */
export function beganAfter(file: FileStart, other: FileStart): boolean | undefined {
  if (isSameStart(file.head, other.head)) return false;
  if (file.time === undefined || other.time === undefined) return undefined;
  return compareTime(file.time, other.time) >= 0;
}

/** Sorts by the first times; one without a time stays behind the one before it. */
export function sortByStart<T extends { readonly start: FileStart }>(files: readonly T[]): T[] {
  let last: Readonly<Time> = { seconds: -Infinity, nanos: 0 };
  return files
    .map((file) => ({ file, time: last = file.start.time ?? last }))
    .sort((a, b) => compareTime(a.time, b.time))
    .map(({ file }) => file);
}
