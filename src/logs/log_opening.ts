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

const LINE_FEED = 0x0a;

/**
 * Whether a content begins as the one of a log does, as far as both are known. Nothing is like nothing, a hole is like no other, and where the log is the
 * shorter one, a part of its first line is like that of many.
 */
export function isSameStart(content: Uint8Array, log: Uint8Array | undefined): boolean {
  const compared = Math.min(content.length, log?.length ?? 0);
  let isHole = true;
  let isTelling = content.length <= compared;
  for (let at = 0; at < compared; at++) {
    if (content[at] !== log?.[at]) return false;
    isHole &&= content[at] === 0;
    isTelling ||= content[at] === LINE_FEED;
  }
  return !isHole && isTelling;
}
