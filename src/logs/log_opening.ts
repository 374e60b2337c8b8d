/**
 * How a log began when it was opened: tells whether it is still the same content, and which files beside it hold that content, too.
 *
 * @module
 */
import type { OpenLogFile } from "./log_file.ts";

/** Bytes that tell one content from another: they hold the time of the first line. */
const HEAD_BYTES = 1024;

/** How a log began, and when that was. */
export interface LogOpening {
  /** Its first bytes, at most a kilobyte. */
  readonly head: Uint8Array;
  /** Milliseconds since 1970. */
  readonly openedMs: number;
}

/**
 * Looks how an open log begins.
 *
 * @throws {LogReadError}
 */
export function openingOf(file: OpenLogFile): LogOpening {
  const head = new Uint8Array(HEAD_BYTES);
  return { head: head.subarray(0, file.peek(head, 0)), openedMs: Date.now() };
}

/** Whether two contents begin alike, as far as both are known. Nothing is like nothing; a hole is like no other. */
export function isSameStart(a: Uint8Array, b: Uint8Array | undefined): boolean {
  const compared = Math.min(a.length, b?.length ?? 0);
  let isHole = true;
  for (let at = 0; at < compared; at++) {
    if (a[at] !== b?.[at]) return false;
    isHole &&= a[at] === 0;
  }
  return !isHole;
}
