/**
 * How much to read next: much where little is found, about one batch's worth where everything is.
 *
 * @module
 */

import type { LogScan } from "./log_scan.ts";

/** The first read of a range: small, so that the first record is not held up. */
const FIRST_READ_BYTES = 64 * 1024;
/** The first read where each message has to be judged: it is not known yet how long that takes. */
const FIRST_JUDGED_BYTES = 4 * 1024;
const MIN_READ_BYTES = 16 * 1024;

/** The most bytes to read at a time: a block, or less while verdicts are slow. */
export function readLimit({ pool: { blockBytes }, scan }: LogScan): number {
  const maxBytes = scan.judgesLines ? scan.query.search?.matcher.bytesPerSlice() ?? Infinity : Infinity;
  return Math.min(blockBytes, Math.max(FIRST_JUDGED_BYTES, maxBytes));
}

/** The size of the first read of a range, in bytes. */
export function firstReadBytes(
  { pool: { blockBytes }, scan: { plan, query } }: Pick<LogScan, "pool" | "scan">,
): number {
  return Math.min(query.search === undefined || plan.exact ? FIRST_READ_BYTES : FIRST_JUDGED_BYTES, blockBytes);
}

/**
 * Returns the size of the next read, after one of `want` bytes. It had `lines` bytes of whole lines, of which `done`
 * were used. Lines for which a batch had no room are read again, so an eighth more than it took is enough; else the
 * size is four times as large, up to the limit.
 */
export function nextReadBytes(
  want: number,
  step: { readonly lines: number; readonly done: number },
  limit: number,
): number {
  const next = step.done > 0 && step.done < step.lines
    ? Math.max(Math.ceil(step.done * 1.125), MIN_READ_BYTES)
    : want * 4;
  return Math.min(next, limit);
}
