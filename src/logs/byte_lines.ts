/**
 * The lines of a byte buffer, for code that reads a few of them: a format, a first time, a sample.
 *
 * Scans do not use this: the kernel finds their lines.
 *
 * @module
 */

const LINE_FEED = 0x0a;

/** One line; the next one takes its place in the same object. */
export interface ByteLine {
  /** Its first byte. */
  readonly start: number;
  /** Its end, without the line feed. */
  readonly end: number;
  /** Whether a line feed closes it. */
  readonly isClosed: boolean;
}

/** Which lines. */
export interface ByteLinesOptions {
  /** Where the first line begins. @default {0} */
  readonly from?: number;
  /** Where the bytes end. @default {bytes.length} */
  readonly to?: number;
}

/** Returns the lines one after the other, the last one also where no line feed closes it. */
export function* byteLines(bytes: Uint8Array, options: ByteLinesOptions = {}): Generator<ByteLine, void> {
  const { from = 0, to = bytes.length } = options;
  const line = { start: from, end: from, isClosed: false };
  while (line.start < to) {
    const feed = bytes.indexOf(LINE_FEED, line.start);
    line.isClosed = feed >= 0 && feed < to;
    line.end = line.isClosed ? feed : to;
    yield line;
    line.start = line.end + 1;
  }
}
