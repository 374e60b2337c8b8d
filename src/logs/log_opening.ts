/**
 * The first bytes of a log when it was opened. They identify its content later, in the same file and in others.
 *
 * @module
 */
import type { OpenLogFile } from "./log_file.ts";

/** Bytes that identify a content: they hold the time of its first line. */
const HEAD_BYTES = 1024;

/** The first bytes of a log, and the time at which they were read. */
export interface LogOpening {
  /** Its first bytes, at most 1 KiB. */
  readonly head: Uint8Array;
  /** Milliseconds since 1970. */
  readonly openedMs: number;
}

/**
 * Reads the first bytes of an open log.
 *
 * @throws {LogReadError}
 */
export function openingOf(file: OpenLogFile): LogOpening {
  const head = new Uint8Array(HEAD_BYTES);
  return { head: head.subarray(0, file.peek(head, 0)), openedMs: Date.now() };
}

const LINE_FEED = 0x0a;

/**
 * Reports whether the known first bytes of a content and of a log agree. An empty start and one of NUL bytes agree
 * with none. If the log is the shorter one, a part of its first line is not enough.
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
