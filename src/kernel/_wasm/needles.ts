// Searching for literals: which lines hold one of a few, and whether a message does.
//
// A needle is a sequence of units. A unit is one byte, compared after `byte | fold` (a letter in either case: fold 0x20), or one of two letters whose
// caseless forms are not all ASCII: k (also U+212A, three bytes) and s (also U+017F, two bytes).
//
// PLAN:  +0 kind  +4 needles  +8 buckets' nibble masks: three positions × (low 16, high 16)
//        pair: +104 first byte (the anchor unit), +105 its fold, +106 second byte, +107 its fold, +108 distance
//        +116 how many of the needles count as found in a message; further ones only name lines to look at
//        +120 how many characters of ways follow
//        +128 per needle, 8 bytes: u16 first unit, u8 units, u8 anchor unit (the fingerprint's first), u8 bucket
//        +1152 units, 2 bytes each: value, fold (0xff: k, 0xfe: s)
//        +1216 ways, for a needle without units: 128 × u16 for each character, a bit for each way that takes it
import { LINE_BYTES, LINES, MAX_LINES, PLAN } from "./layout";
import { findLineFeed, lineStart, putLine, setScannedTo } from "./lines";
import { sixteen } from "./vectors";

export const EVERY_LINE: i32 = 0;
export const ONE_NEEDLE: i32 = 1;
export const SEVERAL_NEEDLES: i32 = 2;

const MASKS: usize = PLAN + 8;
const PAIR: usize = PLAN + 104;
const VERIFIED: usize = PLAN + 116;
const NEEDLES: usize = PLAN + 128;
const WAY_LENGTH: usize = PLAN + 120;
const UNITS: usize = PLAN + 1152;
const WAYS: usize = PLAN + 1216;
const FOLD_K: u8 = 0xff;
const FOLD_S: u8 = 0xfe;

/** The end of unit `unit` when it begins at `at`, or 0. */
function unitEnd(unit: usize, at: usize, to: usize): usize {
  if (at >= to) return 0;
  const value = load<u8>(UNITS + unit * 2);
  const fold = load<u8>(UNITS + unit * 2, 1);
  const byte = load<u8>(at);
  if (fold < FOLD_S) return (byte | fold) === value ? at + 1 : 0;
  if ((byte | 0x20) === value) return at + 1;
  if (fold === FOLD_S) return byte === 0xc5 && at + 2 <= to && load<u8>(at + 1) === 0xbf ? at + 2 : 0;
  return byte === 0xe2 && at + 3 <= to && load<u8>(at + 1) === 0x84 && load<u8>(at + 2) === 0xaa ? at + 3 : 0;
}

/** The start of unit `unit` when it ends at `end`, or 0. */
function unitStart(unit: usize, from: usize, end: usize): usize {
  if (end <= from) return 0;
  const value = load<u8>(UNITS + unit * 2);
  const fold = load<u8>(UNITS + unit * 2, 1);
  const byte = load<u8>(end - 1);
  if (fold < FOLD_S) return (byte | fold) === value ? end - 1 : 0;
  if ((byte | 0x20) === value) return end - 1;
  if (fold === FOLD_S) return byte === 0xbf && end - 2 >= from && load<u8>(end - 2) === 0xc5 ? end - 2 : 0;
  return byte === 0xaa && end - 3 >= from && load<u8>(end - 2) === 0x84 && load<u8>(end - 3) === 0xe2 ? end - 3 : 0;
}

/** Whether the text at `at` follows one of the ways; of what is not ASCII, nothing is known. Bytes behind the text belong to no way that is not over. */
function isOnWay(at: usize): bool {
  const length = <usize>load<u32>(WAY_LENGTH);
  let bits: u32 = 0xffff;
  for (let place: usize = 0; place < length; place++) {
    const byte = load<u8>(at + place);
    if (byte & 0x80) return true;
    bits &= <u32>load<u16>(WAYS + (place << 8) + (<usize>byte << 1));
    if (bits === 0) return false;
  }
  return true;
}

/** Where needle `needle` begins when its anchor unit begins at `anchor`, all within [from, to), or 0. */
function verified(needle: usize, anchor: usize, from: usize, to: usize): usize {
  const entry = NEEDLES + needle * 8;
  const first = <usize>load<u16>(entry);
  const units = <usize>load<u8>(entry, 2);
  if (units === 0) return isOnWay(anchor) ? anchor : 0;
  const anchorUnit = <usize>load<u8>(entry, 3);
  let at = anchor;
  for (let unit = anchorUnit; unit < units; unit++) {
    at = unitEnd(first + unit, at, to);
    if (at === 0) return 0;
  }
  at = anchor;
  for (let unit = anchorUnit; unit > 0; unit--) {
    at = unitStart(first + unit - 1, from, at);
    if (at === 0) return 0;
  }
  return at;
}

/** Any needle whose anchor unit begins at `anchor`: where it begins, or 0. */
function verifiedAny(anchor: usize, from: usize, to: usize): usize {
  // All that is looked for is one fingerprint: its ways tell more than its bytes, which were just found.
  if (load<u32>(PLAN, 4) === 1) return isOnWay(anchor) ? anchor : 0;
  const bits = bucketsAt(anchor);
  for (let needle: usize = 0; needle < needles; needle++) {
    if ((bits >> load<u8>(NEEDLES + needle * 8, 4)) & 1) {
      const start = verified(needle, anchor, from, to);
      if (start) return start;
    }
  }
  return 0;
}

/** How many needles count at present. */
let needles: usize = 0;

/** The buckets that the three bytes at `p` may belong to. */
function bucketsAt(p: usize): u32 {
  let bits: u32 = 0xff;
  for (let position: usize = 0; position < 3; position++) {
    const byte = <usize>load<u8>(p + position);
    bits &= <u32>load<u8>(MASKS + position * 32 + (byte & 15)) & <u32>load<u8>(MASKS + position * 32 + 16 + (byte >> 4));
  }
  return bits;
}

/** The start of the first needle in [from, to) whose anchor lies at or after `at`, or 0. */
function findOne(from: usize, at: usize, to: usize): usize {
  const b1 = load<u8>(PAIR);
  const f1 = load<u8>(PAIR, 1);
  const b2 = load<u8>(PAIR, 2);
  const f2 = load<u8>(PAIR, 3);
  const distance = <usize>load<u32>(PAIR, 4);
  let p = at;
  if (ASC_FEATURE_SIMD) {
    const n1 = i8x16.splat(b1);
    const m1 = i8x16.splat(f1);
    const n2 = i8x16.splat(b2);
    const m2 = i8x16.splat(f2);
    while (p + distance + 64 <= to) {
      const a0 = v128.and(i8x16.eq(v128.or(v128.load(p), m1), n1), i8x16.eq(v128.or(v128.load(p + distance), m2), n2));
      const a1 = v128.and(i8x16.eq(v128.or(v128.load(p, 16), m1), n1), i8x16.eq(v128.or(v128.load(p + distance, 16), m2), n2));
      const a2 = v128.and(i8x16.eq(v128.or(v128.load(p, 32), m1), n1), i8x16.eq(v128.or(v128.load(p + distance, 32), m2), n2));
      const a3 = v128.and(i8x16.eq(v128.or(v128.load(p, 48), m1), n1), i8x16.eq(v128.or(v128.load(p + distance, 48), m2), n2));
      if (v128.any_true(v128.or(v128.or(a0, a1), v128.or(a2, a3)))) {
        let mask = <u64>i8x16.bitmask(a0) | (<u64>i8x16.bitmask(a1) << 16) | (<u64>i8x16.bitmask(a2) << 32) | (<u64>i8x16.bitmask(a3) << 48);
        do {
          const start = verified(0, p + <usize>ctz(mask), from, to);
          if (start) return start;
          mask &= mask - 1;
        } while (mask);
      }
      p += 64;
    }
  }
  for (; p + distance < to; p++) {
    if ((load<u8>(p) | f1) === b1 && (load<u8>(p + distance) | f2) === b2) {
      const start = verified(0, p, from, to);
      if (start) return start;
    }
  }
  return 0;
}

/** The last byte of `before`, then all of `bytes` but the last. */
function byOne(before: v128, bytes: v128): v128 {
  return i8x16.shuffle(before, bytes, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30);
}

/** The last two bytes of `before`, then all of `bytes` but the last two. */
function byTwo(before: v128, bytes: v128): v128 {
  return i8x16.shuffle(before, bytes, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29);
}

/** As {@link findOne}, for several needles. Relaxed look-ups are the same as others for indexes below 16, and all here are; they save an eighth of the time. */
function findSeveral(from: usize, at: usize, to: usize): usize {
  let p = at;
  if (ASC_FEATURE_SIMD) {
    const low = sixteen(15);
    const lo0 = v128.load(MASKS);
    const hi0 = v128.load(MASKS, 16);
    const lo1 = v128.load(MASKS, 32);
    const hi1 = v128.load(MASKS, 48);
    const lo2 = v128.load(MASKS, 64);
    const hi2 = v128.load(MASKS, 80);
    const none = sixteen(0);
    // Each byte is looked up once, for all three places; what the first two gave for the bytes before is shifted in. So a hit stands at the third byte.
    let before0 = none;
    let before1 = none;
    for (; p + 32 <= to; p += 32) {
      const v = v128.load(p);
      const vl = v128.and(v, low);
      const vh = v128.and(i16x8.shr_u(v, 4), low);
      const v0 = v128.and(i8x16.relaxed_swizzle(lo0, vl), i8x16.relaxed_swizzle(hi0, vh));
      const v1 = v128.and(i8x16.relaxed_swizzle(lo1, vl), i8x16.relaxed_swizzle(hi1, vh));
      const v2 = v128.and(i8x16.relaxed_swizzle(lo2, vl), i8x16.relaxed_swizzle(hi2, vh));
      const w = v128.load(p, 16);
      const wl = v128.and(w, low);
      const wh = v128.and(i16x8.shr_u(w, 4), low);
      const w0 = v128.and(i8x16.relaxed_swizzle(lo0, wl), i8x16.relaxed_swizzle(hi0, wh));
      const w1 = v128.and(i8x16.relaxed_swizzle(lo1, wl), i8x16.relaxed_swizzle(hi1, wh));
      const w2 = v128.and(i8x16.relaxed_swizzle(lo2, wl), i8x16.relaxed_swizzle(hi2, wh));
      const first = v128.and(v2, v128.and(byOne(before1, v1), byTwo(before0, v0)));
      const second = v128.and(w2, v128.and(byOne(v1, w1), byTwo(v0, w0)));
      if (v128.any_true(v128.or(first, second))) {
        let mask = <u32>i8x16.bitmask(i8x16.ne(first, none)) | (<u32>i8x16.bitmask(i8x16.ne(second, none)) << 16);
        do {
          const anchor = p + <usize>ctz(mask) - 2;
          const start = verifiedAny(anchor, from, to);
          if (start) return start;
          mask &= mask - 1;
        } while (mask);
      }
      before0 = w0;
      before1 = w1;
    }
    // The last two bytes may still begin one.
    if (p > at) p -= 2;
  }
  // A fingerprint of fewer than three bytes has masks that take any byte in the rest, also the slack behind the range.
  for (; p < to; p++) {
    if (bucketsAt(p)) {
      const start = verifiedAny(p, from, to);
      if (start) return start;
    }
  }
  return 0;
}

function find(from: usize, at: usize, to: usize): usize {
  return load<i32>(PLAN) === ONE_NEEDLE ? findOne(from, at, to) : findSeveral(from, at, to);
}

/** Whether [from, to) holds a needle. */
export function holdsNeedle(from: usize, to: usize): bool {
  needles = <usize>load<u32>(VERIFIED);
  return find(from, from, to) !== 0;
}

/** Names the lines of the range that hold a needle, as many as the table holds; returns how many. */
export function linesWithNeedle(from: usize, to: usize): i32 {
  let count = 0;
  let at = from;
  needles = <usize>load<u32>(PLAN, 4);
  while (count < MAX_LINES) {
    const hit = find(from, at, to);
    if (hit === 0) {
      setScannedTo(to);
      return count;
    }
    const end = findLineFeed(hit, to);
    putLine(count++, lineStart(from, hit), end, hit);
    at = end + 1;
    if (at >= to) break;
    from = at;
  }
  setScannedTo(min(at, to));
  return count;
}
