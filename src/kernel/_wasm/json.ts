// The text of JSON strings: where it ends, and what its escapes stand for.
import { sixteen } from "./vectors";

/** The first quote or backslash at or after `p`; `end` when there is none before it. */
export function findSpecial(p: usize, end: usize): usize {
  if (ASC_FEATURE_SIMD) {
    const quote = sixteen(0x22);
    const backslash = sixteen(0x5c);
    for (; p < end; p += 16) {
      const v = v128.load(p);
      const mask = i8x16.bitmask(v128.or(i8x16.eq(v, quote), i8x16.eq(v, backslash)));
      if (mask) return min(p + ctz(mask), end);
    }
    return end;
  }
  for (; p < end; p++) if (load<u8>(p) === 0x22 || load<u8>(p) === 0x5c) return p;
  return end;
}

/** The character that a backslash and `letter` stand for, or 0. */
export function unescaped(letter: u8): u8 {
  if (letter === 0x6e) return 0x0a;
  if (letter === 0x74) return 0x09;
  if (letter === 0x22 || letter === 0x5c || letter === 0x2f) return letter;
  if (letter === 0x72) return 0x0d;
  if (letter === 0x62) return 0x08;
  if (letter === 0x66) return 0x0c;
  return 0;
}

/** Four hexadecimal digits at `p`, or −1. */
export function hex(p: usize): i32 {
  let value = 0;
  for (let digit: usize = 0; digit < 4; digit++) {
    const byte = <u32>load<u8>(p + digit);
    const lower = byte | 0x20;
    if (byte - 0x30 <= 9) value = value * 16 + <i32>(byte - 0x30);
    else if (lower - 0x61 <= 5) value = value * 16 + <i32>(lower - 0x57);
    else return -1;
  }
  return value;
}

/** Writes a code point as UTF-8 at `to`; returns its end. */
export function putUtf8(to: usize, point: i32): usize {
  if (point < 0x80) {
    store<u8>(to, <u8>point);
    return to + 1;
  }
  if (point < 0x800) {
    store<u8>(to, <u8>(0xc0 | (point >> 6)));
    store<u8>(to, <u8>(0x80 | (point & 0x3f)), 1);
    return to + 2;
  }
  if (point < 0x10000) {
    store<u8>(to, <u8>(0xe0 | (point >> 12)));
    store<u8>(to, <u8>(0x80 | ((point >> 6) & 0x3f)), 1);
    store<u8>(to, <u8>(0x80 | (point & 0x3f)), 2);
    return to + 3;
  }
  store<u8>(to, <u8>(0xf0 | (point >> 18)));
  store<u8>(to, <u8>(0x80 | ((point >> 12) & 0x3f)), 1);
  store<u8>(to, <u8>(0x80 | ((point >> 6) & 0x3f)), 2);
  store<u8>(to, <u8>(0x80 | (point & 0x3f)), 3);
  return to + 4;
}

/** Whether a control character stands in [start, end): JSON allows none. */
export function holdsControl(start: usize, end: usize): bool {
  let p = start;
  if (ASC_FEATURE_SIMD) {
    const blank = sixteen(0x20);
    for (; p + 16 <= end; p += 16) if (v128.any_true(i8x16.lt_u(v128.load(p), blank))) return true;
  }
  for (; p < end; p++) if (load<u8>(p) < 0x20) return true;
  return false;
}
