/**
 * How much to read next: much where little is found, about one batch's worth where everything is.
 *
 * @module
 */

/** The first read of a range: small, so that the first record is not held up. */
const FIRST_READ_BYTES = 64 * 1024;
const MIN_READ_BYTES = 16 * 1024;
/** The most that is read at a time while verdicts are slow: a few milliseconds' worth. */
const SLOW_READ_BYTES = 32 * 1024;

/** The size of the first read of a range, in bytes. */
export function firstReadBytes(blockBytes: number): number {
  return Math.min(FIRST_READ_BYTES, blockBytes);
}

/**
 * The size of the next read, after one of `want` bytes of whose `lines` bytes of whole lines only `done` were used up. What a batch had no room for is read
 * again, so a quarter more than it took is enough; else the size doubles, up to a block.
 */
export function nextReadBytes(
  want: number,
  step: { readonly lines: number; readonly done: number },
  options: { readonly blockBytes: number; readonly isSlow: boolean },
): number {
  const { blockBytes, isSlow } = options;
  const next = step.done > 0 && step.done < step.lines ? Math.ceil(step.done * 1.25) : want * 2;
  return Math.min(Math.max(next, MIN_READ_BYTES), isSlow ? SLOW_READ_BYTES : blockBytes, blockBytes);
}
