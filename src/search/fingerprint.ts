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

/** The commonest that a fingerprint may be: once in this many bytes of text. Half of all lines may have one before looking at every line costs less. */
const LEAST_DISTANCE = 256;

/** The best fingerprint of a pattern, or `undefined` when none is selective. */
export function fingerprintOf(hir: Hir): Fingerprint | undefined {
  const items = sequenceOf(hir);
  let best: Fingerprint | undefined;
  let least = 1 / LEAST_DISTANCE;
  for (let first = 0; first < Math.min(items.length, MAX_STARTS); first++) {
    const sets = setsFrom(items.slice(first, first + MAX_PARTS));
    const probability = sets.reduce((product, set) => product * setProbability(set), 1);
    if (probability < least && !HEADERS.some((header) => isIn(sets, header))) {
      best = sets;
      least = probability;
    }
  }
  return best;
}

/** So many parts are tried as the first: what is worth finding is found among them, and the time that it takes is bounded. */
const MAX_STARTS = 32;
/** A place that is that many parts behind the first may take any byte: enough for three bytes, unless most parts may be empty. */
const MAX_PARTS = 16;

/** The parts that follow each other in every match. */
function sequenceOf(hir: Hir): readonly Hir[] {
  if (hir.kind === "concat") return hir.items.flatMap(sequenceOf);
  return hir.kind === "capture" ? sequenceOf(hir.item) : [hir];
}

/** Some of the three places, a bit for each. */
type Places = number;

/** The place of the first byte. */
const FIRST_PLACE: Places = 1;
const ALL_PLACES: Places = 7;

/** The sets of the first bytes of a sequence. */
function setsFrom(items: readonly Hir[]): Fingerprint {
  const sets = Array.from({ length: FINGERPRINT_BYTES }, () => new Uint8Array(256));
  const walk: Walk = { sets, known: new Map() };
  let starts = FIRST_PLACE;
  for (const item of items) starts = placesAfter(item, starts, walk);
  // Where the sequence may be over, any byte may follow.
  for (const [at, set] of sets.entries()) if (starts & (2 << at) - 1) set.fill(1);
  return sets;
}

/** One way through a sequence. */
interface Walk {
  /** What is found. */
  readonly sets: Fingerprint;
  /** Where each part ends, by where it begins: without this, repeats within repeats would be walked through three times each. */
  readonly known: Map<Hir, (Places | undefined)[]>;
}

/** Adds the bytes that a part may have when it begins at one of the places; returns where it may end. */
function placesAfter(hir: Hir, starts: Places, walk: Walk): Places {
  if (starts === 0) return 0;
  switch (hir.kind) {
    case "empty":
    case "look":
      return starts;
    case "capture":
      return placesAfter(hir.item, starts, walk);
    case "literal":
      return literalAfter(hir.bytes, starts, walk);
    case "class":
    case "alternate":
    case "concat":
    case "repeat": {
      let known = walk.known.get(hir);
      if (known === undefined) walk.known.set(hir, known = []);
      return known[starts] ??= compoundAfter(hir, starts, walk);
    }
  }
}

function literalAfter(bytes: readonly number[], starts: Places, { sets }: Walk): Places {
  let places = starts;
  for (const byte of bytes) {
    if (places === 0) break;
    places = shift(places, sets, byte, byte);
  }
  return places;
}

function compoundAfter(
  hir: Extract<Hir, { readonly kind: "class" | "alternate" | "concat" | "repeat" }>,
  starts: Places,
  walk: Walk,
): Places {
  switch (hir.kind) {
    case "class":
      return classAfter(hir, starts, walk.sets);
    case "alternate":
      return hir.items.reduce((ends, item) => ends | placesAfter(item, starts, walk), 0);
    case "concat": {
      let places = starts;
      for (let item = 0; item < hir.items.length && places !== 0; item++) {
        places = placesAfter(hir.items[item] as Hir, places, walk);
      }
      return places;
    }
    case "repeat": {
      let places = starts;
      const times = Math.min(hir.min, FINGERPRINT_BYTES);
      for (let time = 0; time < times; time++) places = placesAfter(hir.item, places, walk);
      let ends = places;
      for (let time = hir.min; time < Math.min(hir.max, hir.min + FINGERPRINT_BYTES); time++) {
        places = placesAfter(hir.item, places, walk);
        ends |= places;
      }
      return ends;
    }
  }
}

/** A byte from `first` to `last` at each of the places; returns the places behind it. Positional arguments: this is called for each range of each class. */
function shift(places: Places, sets: Fingerprint, first: number, last: number): Places {
  for (const [at, set] of sets.entries()) if (places & 1 << at) set.fill(1, first, last + 1);
  return places << 1 & ALL_PLACES;
}

/** The UTF-8 lengths: the largest code point of each, and its lead byte's high bits. */
const LENGTHS = [[0x7f, 0x00, 0], [0x7ff, 0xc0, 6], [0xffff, 0xe0, 12], [0x10ffff, 0xf0, 18]] as const;

function classAfter(hir: HirClass, starts: Places, sets: Fingerprint): Places {
  let ends: Places = 0;
  for (let range = 0; range < hir.ranges.length; range += 2) {
    const first = hir.ranges[range] ?? 0;
    const last = hir.ranges[range + 1] ?? 0;
    if (hir.unit === "byte") {
      ends |= shift(starts, sets, first, last);
      continue;
    }
    let low = 0;
    for (const [length, [high, lead, bits]] of LENGTHS.entries()) {
      const from = Math.max(first, low);
      const to = Math.min(last, high);
      low = high + 1;
      if (from > to) continue;
      let places = shift(starts, sets, lead | (from >> bits), lead | (to >> bits));
      // The other bytes of a character may be any that go on with one: a little more than they can be.
      for (let more = 0; more < length; more++) places = shift(places, sets, 0x80, 0xbf);
      ends |= places;
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
