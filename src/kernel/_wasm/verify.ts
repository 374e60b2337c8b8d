// Whether a needle stands where something like a part of it was found.
//
// A needle is a sequence of units. A unit is one byte, compared after `byte | fold` (a letter in either case: fold
// 0x20), or one of two letters whose caseless forms are not all ASCII: k (also U+212A, three bytes) and s (also U+017F,
// two bytes). Behind those, a unit may be a character of a class: where it is not ASCII, nothing is known of it and of
// what follows, and the needle counts as found.
//
// plan:  +0 kind  +1 where all bytes that are looked for are ASCII: 1 in the first three places, 2 in the fourth
//        +4 needles  +8 buckets' nibble masks: three positions × (low 16, high 16)
//        pair: +104 first byte (the anchor unit), +105 its fold, +106 second byte, +107 its fold, +108 distance
//        +112 where the classes are, from the plan on: 16 bytes each, a bit for each character of ASCII
//        +116 how many of the needles count as found in a message; one more only names lines: the escape of JSON
//        +120 how long the alternatives are, in characters
//        +124 1 where each match begins with the one needle, and nothing before it matters: walk.ts
//        +128 per needle, 8 bytes: u16 first unit, u8 units, u8 anchor unit (what is found begins with it)
//        +528 a fourth position's low nibbles, 16 bytes
//        +544 units, 2 bytes each: value, fold (0xff: k, 0xfe: s, 0xfd: the class with that number)
//        +1232 alternatives, for a needle without units: 128 × u16 for each character, a bit for each that takes it
import { PLAN } from "./layout";

// Offsets in a plan.
const NEEDLES: usize = 128;
const CLASSES: usize = 112;
const VERIFIED: usize = 116;
const ALTERNATIVE_LENGTH: usize = 120;
const UNITS: usize = 544;
const ALTERNATIVES: usize = 1232;
const FOLD_K: u8 = 0xff;
const FOLD_S: u8 = 0xfe;
const FOLD_CLASS: u8 = 0xfd;
/** In place of an end: nothing more is known. */
const UNKNOWN: usize = usize.MAX_VALUE;

/** The plan that is searched by. */
export let plan: usize = PLAN;

/** How often something was compared, by its buckets or byte by byte, since something like a part of it stands there. */
export let comparisons: i32 = 0;

export function countComparisons(): void {
  comparisons = 0;
}

/** Counts one that was made elsewhere. */
export function countComparison(): void {
  comparisons++;
}

/** Searches by the plan at that address. */
export function usePlan(at: usize): void {
  plan = at;
}

/** Whether the class with that number takes an ASCII character. */
function classTakes(index: usize, character: u8): bool {
  const bits = load<u8>(plan + <usize>load<u32>(plan, CLASSES) + (index << 4) + (<usize>character >> 3));
  return ((bits >> (character & 7)) & 1) !== 0;
}

/** The end of unit `unit` when it begins at `at`, or 0; where that is not known, UNKNOWN. */
function unitEnd(unit: usize, at: usize, to: usize): usize {
  if (at >= to) return 0;
  const value = load<u8>(plan + unit * 2, UNITS);
  const fold = load<u8>(plan + unit * 2, UNITS + 1);
  const byte = load<u8>(at);
  if (fold < FOLD_CLASS) return (byte | fold) === value ? at + 1 : 0;
  if (fold === FOLD_CLASS) return byte & 0x80 ? UNKNOWN : classTakes(<usize>value, byte) ? at + 1 : 0;
  if ((byte | 0x20) === value) return at + 1;
  if (fold === FOLD_S) return byte === 0xc5 && at + 2 <= to && load<u8>(at + 1) === 0xbf ? at + 2 : 0;
  return byte === 0xe2 && at + 3 <= to && load<u8>(at + 1) === 0x84 && load<u8>(at + 2) === 0xaa ? at + 3 : 0;
}

/** The start of unit `unit` when it ends at `end`, or 0. */
function unitStart(unit: usize, from: usize, end: usize): usize {
  if (end <= from) return 0;
  const value = load<u8>(plan + unit * 2, UNITS);
  const fold = load<u8>(plan + unit * 2, UNITS + 1);
  const byte = load<u8>(end - 1);
  if (fold < FOLD_S) return (byte | fold) === value ? end - 1 : 0;
  if ((byte | 0x20) === value) return end - 1;
  if (fold === FOLD_S) return byte === 0xbf && end - 2 >= from && load<u8>(end - 2) === 0xc5 ? end - 2 : 0;
  return byte === 0xaa && end - 3 >= from && load<u8>(end - 2) === 0x84 && load<u8>(end - 3) === 0xe2 ? end - 3 : 0;
}

/**
 * Reports whether the text at `at` may be one of the alternatives; of text that is not ASCII nothing is known. Bytes
 * behind the text take part only where an alternative is not over.
 */
export function isOnAlternative(at: usize): bool {
  comparisons++;
  const length = <usize>load<u32>(plan, ALTERNATIVE_LENGTH);
  let bits: u32 = 0xffff;
  for (let index: usize = 0; index < length; index++) {
    const byte = load<u8>(at + index);
    if (byte & 0x80) return true;
    bits &= <u32>load<u16>(plan + (index << 8) + (<usize>byte << 1), ALTERNATIVES);
    if (bits === 0) return false;
  }
  return true;
}

/**
 * Where the needle of `units` units from `first` on begins when its unit `anchorUnit` begins at `anchor`, all within
 * [from, to), or 0.
 */
function startOf(first: usize, units: usize, anchorUnit: usize, anchor: usize, from: usize, to: usize): usize {
  comparisons++;
  let at = anchor;
  for (let unit = anchorUnit; unit < units; unit++) {
    at = unitEnd(first + unit, at, to);
    if (at === 0) return 0;
    if (at === UNKNOWN) break;
  }
  at = anchor;
  for (let unit = anchorUnit; unit > 0; unit--) {
    at = unitStart(first + unit - 1, from, at);
    if (at === 0) return 0;
  }
  return at;
}

/**
 * Whether what stands at `p`, a backslash and a u, writes a character that no needle holds in this form: a control
 * character, `&`, `<` or `>`. Programs that write JSON write these so.
 */
export function isOfNoNeedle(p: usize): bool {
  if (load<u16>(p, 2) !== 0x3030) return false;
  const third = load<u8>(p, 4);
  if (third === 0x30 || third === 0x31) return true;
  const fourth = load<u8>(p, 5) | 0x20;
  return third === 0x32 ? fourth === 0x36 : third === 0x33 && (fourth === 0x63 || fourth === 0x65);
}

/** Where needle `needle` begins when its anchor unit begins at `anchor`, all within [from, to), or 0. */
export function verified(needle: usize, anchor: usize, from: usize, to: usize): usize {
  const entry = plan + NEEDLES + needle * 8;
  const first = <usize>load<u16>(entry);
  const units = <usize>load<u8>(entry, 2);
  if (units === 0) return isOnAlternative(anchor) ? anchor : 0;
  const start = startOf(first, units, <usize>load<u8>(entry, 3), anchor, from, to);
  // One that only names lines is the escape.
  return start && needle >= <usize>load<u32>(plan, VERIFIED) && isOfNoNeedle(start) ? 0 : start;
}
