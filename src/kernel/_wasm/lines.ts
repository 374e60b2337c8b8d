// Finding lines and their ends. A range is half open and ends behind a line feed, or at the end of a file.
import { LINE_BYTES, LINES, MAX_LINES } from "./layout";
import { sixteen } from "./vectors";

const LINE_FEED: u8 = 0x0a;

/** Where the last scan stopped: the start of the first line that it did not scan. */
export let scannedTo: usize = 0;

export function setScannedTo(at: usize): void {
  scannedTo = at;
}

/** The first line feed in [from, to), or `to`. */
export function findLineFeed(from: usize, to: usize): usize {
  let p = from;
  if (ASC_FEATURE_SIMD) {
    const feed = sixteen(LINE_FEED);
    for (; p + 16 <= to; p += 16) {
      const mask = i8x16.bitmask(i8x16.eq(v128.load(p), feed));
      if (mask) return p + ctz(mask);
    }
  }
  for (; p < to; p++) if (load<u8>(p) === LINE_FEED) return p;
  return to;
}

/** The start of the line that `at` lies in; the range begins at `from`, a line's start. */
export function lineStart(from: usize, at: usize): usize {
  let p = at;
  if (ASC_FEATURE_SIMD) {
    const feed = sixteen(LINE_FEED);
    for (; p >= from + 16; p -= 16) {
      const mask = i8x16.bitmask(i8x16.eq(v128.load(p - 16), feed));
      if (mask) return p - 16 + (32 - clz(mask));
    }
  }
  for (; p > from; p--) if (load<u8>(p - 1) === LINE_FEED) return p;
  return from;
}

/** Bytes of a CRI line before its message, where its header is as runtimes write it. */
export const HEADER_BYTES: usize = 40;
const ZONE: usize = 29;
const BLANK: u8 = 0x20;

/**
 * Whether a CRI line has the time that runtimes write, of 30 characters: its first blank is behind it. With a shorter
 * time, a Z and a blank at the same places may be of its message.
 */
export function hasUsualTime(start: usize, end: usize): bool {
  if (start + ZONE + 1 >= end || load<u8>(start, ZONE) !== 0x5a || load<u8>(start, ZONE + 1) !== BLANK) return false;
  if (ASC_FEATURE_SIMD) {
    const blank = sixteen(<usize>BLANK);
    return !v128.any_true(v128.or(i8x16.eq(v128.load(start), blank), i8x16.eq(v128.load(start, ZONE - 16), blank)));
  }
  for (let p = start; p < start + ZONE; p++) if (load<u8>(p) === BLANK) return false;
  return true;
}

/** Names a line: [start, end) without its line feed, and where in it something was found. */
export function putLine(line: i32, start: usize, end: usize, hit: usize): void {
  const at = LINES + usize(line) * LINE_BYTES;
  store<u32>(at, <u32>start);
  store<u32>(at, <u32>end, 4);
  store<u32>(at, <u32>hit, 8);
}

/** Names every line of the range that is not empty, as many as the table holds; returns how many. */
export function everyLine(from: usize, to: usize): i32 {
  let count = 0;
  let start = from;
  if (ASC_FEATURE_SIMD) {
    const feed = sixteen(LINE_FEED);
    let p = from;
    while (p + 64 <= to && count <= MAX_LINES - 64) {
      let mask = <u64>i8x16.bitmask(i8x16.eq(v128.load(p), feed));
      mask |= <u64>i8x16.bitmask(i8x16.eq(v128.load(p, 16), feed)) << 16;
      mask |= <u64>i8x16.bitmask(i8x16.eq(v128.load(p, 32), feed)) << 32;
      mask |= <u64>i8x16.bitmask(i8x16.eq(v128.load(p, 48), feed)) << 48;
      while (mask) {
        const end = p + <usize>ctz(mask);
        if (end > start) putLine(count++, start, end, start);
        start = end + 1;
        mask &= mask - 1;
      }
      p += 64;
    }
  }
  while (start < to && count < MAX_LINES) {
    const end = findLineFeed(start, to);
    if (end > start) putLine(count++, start, end, start);
    start = end + 1;
  }
  scannedTo = min(start, to);
  return count;
}
