/**
 * Three bytes in a row that every match must hold, each out of a set: for patterns without a literal, such as `[xyz]\d\d[qjk]`.
 *
 * Promises that wherever the pattern matches, three neighbouring bytes lie in the sets, in order. Such a fingerprint is worth looking for only when it is
 * selective: it must not be in the times and names that stand in every line, and it must be rare in text.
 *
 * @module
 */
import { byteProbability } from "./byte_rarity.ts";
import type { Hir, HirClass } from "./hir.ts";

/** How many bytes it has. */
export const FINGERPRINT_BYTES = 3;

/** The bytes of each place: 1 for those that a match may have there. */
export type Fingerprint = readonly Uint8Array[];

/** What stands in every line, whatever its message: a fingerprint that is found here names all lines. */
const HEADERS = [
  "2025-03-04T05:06:07.123456789Z stdout F ",
  "2019-12-31T23:58:46.980765432+02:00 stderr P ",
  '{"log":"","stream":"stdout","time":"2025-03-04T05:06:07.123456789Z"}',
  '\\n","stream":"stderr","time":"2019-12-31T23:58:46.980765432Z"}',
].map((header) => new TextEncoder().encode(header));

/** The commonest that a fingerprint may be: once in this many bytes of text. */
const LEAST_DISTANCE = 1024;

/** The best fingerprint of a pattern, or `undefined` when none is selective. */
export function fingerprintOf(hir: Hir): Fingerprint | undefined {
  const items = sequenceOf(hir);
  let best: Fingerprint | undefined;
  let least = 1 / LEAST_DISTANCE;
  for (let first = 0; first < items.length; first++) {
    const sets = setsFrom(items.slice(first));
    const probability = sets.reduce((product, set) => product * setProbability(set), 1);
    if (probability < least && !HEADERS.some((header) => isIn(sets, header))) {
      best = sets;
      least = probability;
    }
  }
  return best;
}

/** The parts that follow each other in every match. */
function sequenceOf(hir: Hir): readonly Hir[] {
  if (hir.kind === "concat") return hir.items.flatMap(sequenceOf);
  return hir.kind === "capture" ? sequenceOf(hir.item) : [hir];
}

/** The sets of the first bytes of a sequence. */
function setsFrom(items: readonly Hir[]): Fingerprint {
  const sets = Array.from({ length: FINGERPRINT_BYTES }, () => new Uint8Array(256));
  let starts: Places = [true, false, false];
  for (const item of items) starts = walk(item, starts, sets);
  // Where the sequence may be over, any byte may follow.
  const end = starts.findIndex((isPlace) => isPlace);
  if (end >= 0) { for (const set of sets.slice(end)) set.fill(1); }
  return sets;
}

/** For each of the three places, whether something may begin there. */
type Places = readonly boolean[];

const union = (a: Places, b: Places): Places => a.map((isPlace, at) => isPlace || (b[at] ?? false));

/** Adds the bytes that a part may have when it begins at one of the places; returns where it may end. */
function walk(hir: Hir, starts: Places, sets: Fingerprint): Places {
  switch (hir.kind) {
    case "empty":
    case "look":
      return starts;
    case "capture":
      return walk(hir.item, starts, sets);
    case "literal":
      return hir.bytes.reduce((places, byte) => shift(places, sets, [[byte, byte]]), starts);
    case "class":
      return walkClass(hir, starts, sets);
    case "concat":
      return hir.items.reduce((places, item) => walk(item, places, sets), starts);
    case "alternate":
      return hir.items.map((item) => walk(item, starts, sets)).reduce(union);
    case "repeat": {
      let places = starts;
      const times = Math.min(hir.min, FINGERPRINT_BYTES);
      for (let time = 0; time < times; time++) places = walk(hir.item, places, sets);
      let ends = places;
      for (let time = hir.min; time < Math.min(hir.max, hir.min + FINGERPRINT_BYTES); time++) {
        places = walk(hir.item, places, sets);
        ends = union(ends, places);
      }
      return ends;
    }
  }
}

/** One byte out of the ranges at each of the places; returns the places behind it. */
function shift(places: Places, sets: Fingerprint, ranges: readonly (readonly [number, number])[]): Places {
  for (const [at, set] of sets.entries()) {
    if (places[at]) { for (const [first, last] of ranges) set.fill(1, first, last + 1); }
  }
  return [false, ...places.slice(0, -1)];
}

/** The UTF-8 lengths: the largest code point of each, and its lead byte's high bits. */
const LENGTHS = [[0x7f, 0x00, 0], [0x7ff, 0xc0, 6], [0xffff, 0xe0, 12], [0x10ffff, 0xf0, 18]] as const;

function walkClass(hir: HirClass, starts: Places, sets: Fingerprint): Places {
  let ends: Places = [false, false, false];
  for (let range = 0; range < hir.ranges.length; range += 2) {
    const first = hir.ranges[range] ?? 0;
    const last = hir.ranges[range + 1] ?? 0;
    if (hir.unit === "byte") {
      ends = union(ends, shift(starts, sets, [[first, last]]));
      continue;
    }
    let low = 0;
    for (const [length, [high, lead, bits]] of LENGTHS.entries()) {
      const from = Math.max(first, low);
      const to = Math.min(last, high);
      low = high + 1;
      if (from > to) continue;
      let places = shift(starts, sets, [[lead | (from >> bits), lead | (to >> bits)]]);
      // The other bytes of a character may be any that go on with one: a little more than they can be.
      for (let more = 0; more < length; more++) places = shift(places, sets, [[0x80, 0xbf]]);
      ends = union(ends, places);
    }
  }
  return ends;
}

/** Whether three neighbouring bytes lie in the sets. */
function isIn(sets: Fingerprint, bytes: Uint8Array): boolean {
  const [first, second, third] = sets;
  for (let at = 0; at + 2 < bytes.length; at++) {
    if (first?.[bytes[at] ?? 0] && second?.[bytes[at + 1] ?? 0] && third?.[bytes[at + 2] ?? 0]) return true;
  }
  return false;
}

function setProbability(set: Uint8Array): number {
  let sum = 0;
  for (let byte = 0; byte < 256; byte++) if (set[byte]) sum += byteProbability(byte);
  return Math.min(sum, 1);
}
