// Searching for literals: which lines hold one of a few, and whether a message does. The plan's layout is drawn in
// verify.ts.
import { MAX_LINES, PLAN, REQUIRED } from "./layout";
import { findLineFeed, hasUsualTime, HEADER_BYTES, lineStart, putLine, setScannedTo } from "./lines";
import { LOOKUPS_TAKE_LOW_NIBBLES, sixteen } from "./vectors";
import { countComparison, countComparisons, isOfNoNeedle, isOnAlternative, plan, usePlan, verified } from "./verify";

const ONE_NEEDLE: u8 = 1;
const LOW_NIBBLE_NEEDLES: u8 = 3;
/** As the third, by the low nibbles of a fourth byte too. */
const FOUR_LOW_NIBBLES: u8 = 5;
/** One needle, or an escape of JSON that may stand for a part of it. */
const NEEDLE_OR_ESCAPE: u8 = 4;

// Offsets in a plan.
const ASCII_PLACES: usize = 1;
const MASKS: usize = 8;
const PAIR: usize = 104;
const VERIFIED: usize = 116;
/** The units of its first needle. */
const NEEDLE_UNITS: usize = 130;
const FOURTH_MASKS: usize = 528;
/** The bits for what of a needle is all ASCII: its first three places, and the fourth as well. */
const THREE_PLACES: u8 = 1;
const FOURTH_PLACE: u8 = 2;
/** Each needle belongs to the bucket that is its number modulo this. */
const BUCKETS: usize = 8;

// What a line must hold beside: REQUIRED has how many texts, flags, the offset of each text's plan, and the plans.
const REQUIRED_FLAGS: usize = 4;
const REQUIRED_OFFSETS: usize = 8;
/** A line in which JSON may have written any character in another form holds whatever is required. */
const HAS_UNICODE_ESCAPES: u32 = 1;
/** Lines begin with a time, a stream and a tag, in which nothing of what is required can stand. */
const HAS_CRI_HEADERS: u32 = 2;

/** Any needle of which a part stands at `anchor`: where it begins, or 0. */
function verifiedAny(anchor: usize, from: usize, to: usize): usize {
  // There is one fingerprint and nothing else to find: its alternatives tell more than its bytes, which were just
  // found.
  if (isFingerprint) return isOnAlternative(anchor) ? anchor : 0;
  let bits = bucketsAt(anchor);
  if (bits === 0) countComparison();
  for (; bits; bits &= bits - 1) {
    for (let needle = <usize>ctz(bits); needle < needles; needle += BUCKETS) {
      const start = verified(needle, anchor, from, to);
      if (start) {
        foundAnchor = anchor;
        return start;
      }
    }
  }
  return 0;
}

/** How many needles count at present. */
let needles: usize = 0;
/** Whether the one thing to be found is a fingerprint. */
let isFingerprint: bool = false;
/** Where the bytes were by which the last of several needles was found. */
let foundAnchor: usize = 0;

/** The buckets that the three bytes at `p` may belong to. */
function bucketsAt(p: usize): u32 {
  const first = <usize>load<u8>(p);
  const second = <usize>load<u8>(p, 1);
  const third = <usize>load<u8>(p, 2);
  return <u32>load<u8>(plan + (first & 15), MASKS) & <u32>load<u8>(plan + (first >> 4), MASKS + 16) &
    <u32>load<u8>(plan + (second & 15), MASKS + 32) & <u32>load<u8>(plan + (second >> 4), MASKS + 48) &
    <u32>load<u8>(plan + (third & 15), MASKS + 64) & <u32>load<u8>(plan + (third >> 4), MASKS + 80);
}

/** The start of the first needle in [from, to) whose anchor lies at or after `at`, or 0. */
function findOne(from: usize, at: usize, to: usize): usize {
  const b1 = load<u8>(plan, PAIR);
  const f1 = load<u8>(plan, PAIR + 1);
  const b2 = load<u8>(plan, PAIR + 2);
  const f2 = load<u8>(plan, PAIR + 3);
  const distance = <usize>load<u32>(plan, PAIR + 4);
  let p = at;
  if (ASC_FEATURE_SIMD) {
    const n1 = i8x16.splat(b1);
    const m1 = i8x16.splat(f1);
    const n2 = i8x16.splat(b2);
    const m2 = i8x16.splat(f2);
    // The last step reads behind the range, where nothing is verified.
    while (p + distance < to) {
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

/** Where sixteen bytes from `p` on begin with the needle's two bytes, or with a backslash and a u. */
function pairsOrEscapes(p: usize, distance: usize, n1: v128, m1: v128, n2: v128, m2: v128, backslash: v128, letter: v128): v128 {
  const v = v128.load(p);
  return v128.or(
    v128.and(i8x16.eq(v128.or(v, m1), n1), i8x16.eq(v128.or(v128.load(p + distance), m2), n2)),
    v128.and(i8x16.eq(v, backslash), i8x16.eq(v128.load(p, 1), letter)),
  );
}

/** As {@link findOne}, for a needle or an escape that may stand for a part of it. */
function findOneOrEscape(from: usize, at: usize, to: usize): usize {
  const distance = <usize>load<u32>(plan, PAIR + 4);
  let p = at;
  if (ASC_FEATURE_SIMD) {
    const n1 = i8x16.splat(load<u8>(plan, PAIR));
    const m1 = i8x16.splat(load<u8>(plan, PAIR + 1));
    const n2 = i8x16.splat(load<u8>(plan, PAIR + 2));
    const m2 = i8x16.splat(load<u8>(plan, PAIR + 3));
    const backslash = sixteen(0x5c);
    const letter = sixteen(0x75);
    // The last step reads behind the range, where nothing is verified.
    for (; p < to; p += 64) {
      const a = pairsOrEscapes(p, distance, n1, m1, n2, m2, backslash, letter);
      const b = pairsOrEscapes(p + 16, distance, n1, m1, n2, m2, backslash, letter);
      const c = pairsOrEscapes(p + 32, distance, n1, m1, n2, m2, backslash, letter);
      const d = pairsOrEscapes(p + 48, distance, n1, m1, n2, m2, backslash, letter);
      if (v128.any_true(v128.or(v128.or(a, b), v128.or(c, d)))) {
        let mask = <u64>i8x16.bitmask(a) | (<u64>i8x16.bitmask(b) << 16) | (<u64>i8x16.bitmask(c) << 32) | (<u64>i8x16.bitmask(d) << 48);
        do {
          const start = startOfEither(p + <usize>ctz(mask), from, to);
          if (start) return start;
          mask &= mask - 1;
        } while (mask);
      }
    }
    return 0;
  }
  for (; p < to; p++) {
    const start = startOfEither(p, from, to);
    if (start) return start;
  }
  return 0;
}

/** Where the needle begins of which something stands at `anchor`, or the escape that stands there; or 0. */
function startOfEither(anchor: usize, from: usize, to: usize): usize {
  if (anchor + 1 < to && load<u16>(anchor) === 0x755c && !isOfNoNeedle(anchor)) return anchor;
  return verified(0, anchor, from, to);
}

/** The last byte of `before`, then all of `bytes` but the last. */
function byOne(before: v128, bytes: v128): v128 {
  return i8x16.shuffle(before, bytes, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30);
}

/** The last two bytes of `before`, then all of `bytes` but the last two. */
function byTwo(before: v128, bytes: v128): v128 {
  return i8x16.shuffle(before, bytes, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29);
}

/** The buckets that each of sixteen bytes may belong to, by the masks of one position. */
function buckets(bytes: v128, lo: v128, hi: v128, low: v128): v128 {
  return v128.and(i8x16.relaxed_swizzle(lo, v128.and(bytes, low)), i8x16.relaxed_swizzle(hi, v128.and(i16x8.shr_u(bytes, 4), low)));
}

/**
 * As {@link findOne}, for several needles. Relaxed look-ups are the same as others for indexes below 16, and all here
 * are; they save an eighth of the time.
 */
function findSeveral(from: usize, at: usize, to: usize): usize {
  let p = at;
  if (ASC_FEATURE_SIMD) {
    const low = sixteen(15);
    const lo0 = v128.load(plan, MASKS);
    const hi0 = v128.load(plan, MASKS + 16);
    const lo1 = v128.load(plan, MASKS + 32);
    const hi1 = v128.load(plan, MASKS + 48);
    const lo2 = v128.load(plan, MASKS + 64);
    const hi2 = v128.load(plan, MASKS + 80);
    // Each byte is looked up once, for all three positions; what the first two gave for the bytes before is shifted in.
    // So a hit stands at the third byte.
    let before0 = sixteen(0);
    let before1 = before0;
    // The last step reads behind the range.
    for (; p < to; p += 64) {
      const a = v128.load(p);
      const a0 = buckets(a, lo0, hi0, low);
      const a1 = buckets(a, lo1, hi1, low);
      const first = v128.and(buckets(a, lo2, hi2, low), v128.and(byOne(before1, a1), byTwo(before0, a0)));
      const b = v128.load(p, 16);
      const b0 = buckets(b, lo0, hi0, low);
      const b1 = buckets(b, lo1, hi1, low);
      const second = v128.and(buckets(b, lo2, hi2, low), v128.and(byOne(a1, b1), byTwo(a0, b0)));
      const c = v128.load(p, 32);
      const c0 = buckets(c, lo0, hi0, low);
      const c1 = buckets(c, lo1, hi1, low);
      const third = v128.and(buckets(c, lo2, hi2, low), v128.and(byOne(b1, c1), byTwo(b0, c0)));
      const d = v128.load(p, 48);
      before0 = buckets(d, lo0, hi0, low);
      before1 = buckets(d, lo1, hi1, low);
      const fourth = v128.and(buckets(d, lo2, hi2, low), v128.and(byOne(c1, before1), byTwo(c0, before0)));
      if (v128.any_true(v128.or(v128.or(first, second), v128.or(third, fourth)))) {
        const start = firstOf(p - 2, first, second, third, fourth, from, to);
        if (start) return start;
      }
    }
    // The last two bytes may still begin one.
    if (p > at) p -= 2;
  }
  return findAtEach(from, p, to);
}

/**
 * As {@link findSeveral}, byte by byte. A fingerprint of fewer than three bytes has masks that take any byte in the
 * rest, also the slack behind the range.
 */
function findAtEach(from: usize, at: usize, to: usize): usize {
  for (let p = at; p < to; p++) {
    if (bucketsAt(p)) {
      const start = verifiedAny(p, from, to);
      if (start) return start;
    }
  }
  return 0;
}

/**
 * The buckets that each of sixteen bytes may belong to, by their low nibbles alone. Of a needle that is all ASCII, a
 * look-up may take the low nibble by itself.
 */
@inline
function bucketsOfLow(bytes: v128, lo: v128, low: v128, isAscii: bool): v128 {
  return i8x16.relaxed_swizzle(lo, isAscii ? bytes : v128.and(bytes, low));
}

/** The positions among sixteen from `p` on where the low nibbles of three bytes, or four, may be those of a needle. */
@inline
function lowNibbles(p: usize, lo0: v128, lo1: v128, lo2: v128, lo3: v128, low: v128, isAscii: bool, areFour: bool): v128 {
  const three = v128.and(
    bucketsOfLow(v128.load(p), lo0, low, isAscii),
    v128.and(bucketsOfLow(v128.load(p, 1), lo1, low, isAscii), bucketsOfLow(v128.load(p, 2), lo2, low, isAscii)),
  );
  return areFour ? v128.and(three, bucketsOfLow(v128.load(p, 3), lo3, low, isAscii)) : three;
}

/** The start of the first needle whose anchor is one of the 64 positions from `p` on where a vector is not 0; or 0. */
function firstOf(p: usize, a: v128, b: v128, c: v128, d: v128, from: usize, to: usize): usize {
  const none = sixteen(0);
  let mask = <u64>i8x16.bitmask(i8x16.ne(a, none)) | (<u64>i8x16.bitmask(i8x16.ne(b, none)) << 16) |
    (<u64>i8x16.bitmask(i8x16.ne(c, none)) << 32) | (<u64>i8x16.bitmask(i8x16.ne(d, none)) << 48);
  for (; mask; mask &= mask - 1) {
    const anchor = p + <usize>ctz(mask);
    if (anchor >= to) return 0;
    const start = verifiedAny(anchor, from, to);
    if (start) return start;
  }
  return 0;
}

/** The search of {@link findByLowNibbles}, a loop for each of its four forms. */
@inline
function findNibbles(from: usize, at: usize, to: usize, isAscii: bool, areFour: bool): usize {
  let p = at;
  if (ASC_FEATURE_SIMD) {
    const low = sixteen(15);
    const lo0 = v128.load(plan, MASKS);
    const lo1 = v128.load(plan, MASKS + 32);
    const lo2 = v128.load(plan, MASKS + 64);
    const lo3 = v128.load(plan, FOURTH_MASKS);
    // The last step reads behind the range.
    for (; p < to; p += 64) {
      const a = lowNibbles(p, lo0, lo1, lo2, lo3, low, isAscii, areFour);
      const b = lowNibbles(p + 16, lo0, lo1, lo2, lo3, low, isAscii, areFour);
      const c = lowNibbles(p + 32, lo0, lo1, lo2, lo3, low, isAscii, areFour);
      const d = lowNibbles(p + 48, lo0, lo1, lo2, lo3, low, isAscii, areFour);
      if (v128.any_true(v128.or(v128.or(a, b), v128.or(c, d)))) {
        const start = firstOf(p, a, b, c, d, from, to);
        if (start) return start;
      }
    }
  }
  return findAtEach(from, p, to);
}

/** Whether so many places of the needles are all ASCII, and a look-up takes its low nibble. */
function areLookedUpBare(places: u8): bool {
  return LOOKUPS_TAKE_LOW_NIBBLES && (load<u8>(plan, ASCII_PLACES) & places) !== 0;
}

/**
 * As {@link findSeveral}, for needles whose bytes are rare enough by their low nibbles alone: half of the look-ups are
 * not made.
 */
function findByLowNibbles(from: usize, at: usize, to: usize): usize {
  return areLookedUpBare(THREE_PLACES) ? findNibbles(from, at, to, true, false) : findNibbles(from, at, to, false, false);
}

/** As {@link findByLowNibbles}, by four bytes of each needle. */
function findByFourLowNibbles(from: usize, at: usize, to: usize): usize {
  return areLookedUpBare(FOURTH_PLACE) ? findNibbles(from, at, to, true, true) : findNibbles(from, at, to, false, true);
}

function find(from: usize, at: usize, to: usize): usize {
  const kind = load<u8>(plan);
  if (kind === ONE_NEEDLE || (kind === NEEDLE_OR_ESCAPE && needles === 1)) return findOne(from, at, to);
  if (kind === NEEDLE_OR_ESCAPE) return findOneOrEscape(from, at, to);
  if (kind === LOW_NIBBLE_NEEDLES) return findByLowNibbles(from, at, to);
  return kind === FOUR_LOW_NIBBLES ? findByFourLowNibbles(from, at, to) : findSeveral(from, at, to);
}

/** Searches by the plan at that address, of which so many needles count. */
function search(at: usize, counting: usize): void {
  usePlan(at);
  needles = counting;
  isFingerprint = load<u32>(at, 4) === 1 && load<u8>(at) !== ONE_NEEDLE;
}

/** Whether [from, to) holds a needle. */
export function holdsNeedle(from: usize, to: usize): bool {
  search(PLAN, <usize>load<u32>(PLAN, VERIFIED));
  return find(from, from, to) !== 0;
}

/**
 * Where what is required next may begin, when the text whose plan is in use must stand before it, and nothing of that
 * before `from`; 0 where it does not stand there. Never behind the earliest end of such a text.
 */
function behindRequired(from: usize, to: usize): usize {
  const start = find(from, from, to);
  if (start === 0) return 0;
  // Each unit of a needle is a byte or more. Of several needles the one found may not be the one that ends first.
  return load<u8>(plan) === ONE_NEEDLE ? start + <usize>load<u8>(plan, NEEDLE_UNITS) : foundAnchor + 1;
}

/** Whether the line [start, end) holds all that is required, in its order. */
function holdsRequired(start: usize, end: usize): bool {
  const texts = <usize>load<u32>(REQUIRED);
  const flags = load<u32>(REQUIRED, REQUIRED_FLAGS);
  let at = start;
  if (flags & HAS_CRI_HEADERS && hasUsualTime(start, end)) at = min(start + HEADER_BYTES, end);
  for (let text: usize = 0; text < texts; text++) {
    const address = REQUIRED + <usize>load<u32>(REQUIRED + text * 4, REQUIRED_OFFSETS);
    search(address, <usize>load<u32>(address, VERIFIED));
    at = behindRequired(at, end);
    if (at === 0) return (flags & HAS_UNICODE_ESCAPES) !== 0 && holdsUnicodeEscape(start, end);
  }
  return true;
}

/** Whether an escape is in [from, to) that may stand for a part of a needle. */
function holdsUnicodeEscape(from: usize, to: usize): bool {
  let p = from;
  if (ASC_FEATURE_SIMD) {
    const backslash = sixteen(0x5c);
    const letter = sixteen(0x75);
    for (; p < to; p += 16) {
      let mask = i8x16.bitmask(v128.and(i8x16.eq(v128.load(p), backslash), i8x16.eq(v128.load(p, 1), letter)));
      for (; mask; mask &= mask - 1) {
        const at = p + <usize>ctz(mask);
        if (at + 1 < to && !isOfNoNeedle(at)) return true;
      }
    }
    return false;
  }
  for (; p + 1 < to; p++) if (load<u16>(p) === 0x755c && !isOfNoNeedle(p)) return true;
  return false;
}

/** How many lines the last scan looked at closely: those that hold a needle. */
export let linesTried: i32 = 0;

/** Names the lines of the range that hold a needle and all that is required, as many as the table holds; returns how many. */
export function linesWithNeedle(from: usize, to: usize): i32 {
  const all = <usize>load<u32>(PLAN, 4);
  const isRequired = load<u32>(REQUIRED) !== 0;
  let count = 0;
  let at = from;
  linesTried = 0;
  search(PLAN, all);
  while (count < MAX_LINES) {
    const hit = find(from, at, to);
    if (hit === 0) {
      setScannedTo(to);
      return count;
    }
    linesTried++;
    const end = findLineFeed(hit, to);
    const start = lineStart(from, hit);
    if (isRequired) {
      if (holdsRequired(start, end)) putLine(count++, start, end, hit);
      search(PLAN, all);
    } else {
      putLine(count++, start, end, hit);
    }
    at = end + 1;
    if (at >= to) break;
    from = at;
  }
  setScannedTo(min(at, to));
  return count;
}

/** How many lines of the range hold a needle; `comparisons` is how often one was compared for that. */
export function countLines(from: usize, to: usize): i32 {
  let count = 0;
  countComparisons();
  let at = from;
  search(PLAN, <usize>load<u32>(PLAN, 4));
  while (at < to) {
    const hit = find(from, at, to);
    if (hit === 0) break;
    count++;
    from = at = findLineFeed(hit, to) + 1;
  }
  return count;
}
