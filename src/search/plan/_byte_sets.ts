/**
 * The bytes that may stand at the first three places of a match's part.
 *
 * A superset: a match has no other bytes there. Walks through the pattern once, with the places that are still to be
 * filled as a set of bits.
 *
 * @module
 */
import type { Hir, HirClass } from "../syntax/hir.ts";
import { isPlainByte, type Unit } from "./needle.ts";

/** How many bytes a fingerprint has. */
export const FINGERPRINT_BYTES = 3;

/** For each place, 1 for the bytes that may stand there. */
export type ByteSets = readonly Uint8Array[];

/** The first byte of each form of the letters that have one that is not ASCII. */
const FIRST_BYTES = { k: [0x4b, 0x6b, 0xe2], s: [0x53, 0x73, 0xc5] } as const;

/** The second byte of the form that is not ASCII. */
export const SECOND_BYTES = { k: 0x84, s: 0xbf } as const;

/** Returns the sets of the first bytes of units in a row, of so many. Behind the last one, any byte may stand. */
export function setsOfBytes(units: readonly Unit[], count: number): ByteSets {
  return Array.from({ length: count }, (_, place) => setOfBytes(units[place]));
}

/** Returns the first bytes that a unit may have; where there is none, any byte may stand. */
export function setOfBytes(unit: Unit | undefined): Uint8Array {
  const set = new Uint8Array(256);
  if (unit !== undefined && isPlainByte(unit)) set[unit.value] = set[unit.value & ~unit.fold] = 1;
  else if (unit === undefined || typeof unit !== "string") set.fill(1);
  else for (const byte of FIRST_BYTES[unit]) set[byte] = 1;
  return set;
}

/** Some of the three places, a bit for each. */
type Places = number;

/** The place of the first byte. */
const FIRST_PLACE: Places = 1;
const ALL_PLACES: Places = 7;

/** Returns the sets of the first bytes of a sequence. */
export function setsFrom(items: readonly Hir[], classes: KnownClasses): ByteSets {
  const sets = Array.from({ length: FINGERPRINT_BYTES }, () => new Uint8Array(256));
  const walk: Walk = { sets, known: new Map(), classes };
  let starts = FIRST_PLACE;
  for (const item of items) starts = placesAfter(item, starts, walk);
  // Where the sequence may be over, any byte may follow.
  for (const [at, set] of sets.entries()) if (starts & (2 << at) - 1) set.fill(1);
  return sets;
}

/** The bytes of each class that was met, in any sequence of a pattern. */
export type KnownClasses = Map<HirClass, readonly Form[]>;

/** One walk through a sequence. */
interface Walk {
  /** What is found. */
  readonly sets: ByteSets;
  /**
   * Where each part ends, by where it begins: without this, repeats within repeats would be walked through three times
   * each.
   */
  readonly known: Map<Hir, (Places | undefined)[]>;
  readonly classes: KnownClasses;
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
      return classAfter(hir, starts, walk);
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

/**
 * A byte from `first` to `last` at each of the places; returns the places behind it. Positional arguments: this is
 * called for each range of each class.
 */
function shift(places: Places, sets: ByteSets, first: number, last: number): Places {
  for (const [at, set] of sets.entries()) if (places & 1 << at) set.fill(1, first, last + 1);
  return places << 1 & ALL_PLACES;
}

/** The largest code point of a length in UTF-8, its first byte's high bits, and how many bits the other bytes take. */
type Length = readonly [high: number, lead: number, bits: number];

const LENGTHS: readonly Length[] = [[0x7f, 0x00, 0], [0x7ff, 0xc0, 6], [0xffff, 0xe0, 12], [0x10ffff, 0xf0, 18]];
/** A byte is a byte. */
const BYTES: readonly Length[] = [[0xff, 0x00, 0]];

function classAfter(hir: HirClass, starts: Places, { sets, classes }: Walk): Places {
  let forms = classes.get(hir);
  if (forms === undefined) classes.set(hir, forms = formsOf(hir));
  let ends: Places = 0;
  for (const { first, more } of forms) {
    for (const [at, set] of sets.entries()) {
      if ((starts & 1 << at) === 0) continue;
      for (let byte = 0; byte < 256; byte++) if (first[byte] === 1) set[byte] = 1;
    }
    let places = starts << 1 & ALL_PLACES;
    // The other bytes of a character may be any that go on with one: a little more than they can be.
    for (let byte = 0; byte < more; byte++) places = shift(places, sets, 0x80, 0xbf);
    ends |= places;
  }
  return ends;
}

/** The characters of a class that have the same length in UTF-8: their first bytes, and how many more there are. */
export interface Form {
  /** The first bytes of the form. */
  readonly first: Uint8Array;
  /** How many bytes follow the first. */
  readonly more: number;
}

function formsOf({ unit, ranges }: HirClass): readonly Form[] {
  const forms = (unit === "byte" ? BYTES : LENGTHS).map(([, , bits]) => ({
    first: new Uint8Array(256),
    more: bits / 6,
  }));
  for (let range = 0; range < ranges.length; range += 2) {
    let low = 0;
    for (const [length, [high, lead, bits]] of (unit === "byte" ? BYTES : LENGTHS).entries()) {
      const from = Math.max(ranges[range] ?? 0, low);
      const to = Math.min(ranges[range + 1] ?? 0, high);
      low = high + 1;
      if (from <= to) forms[length]?.first.fill(1, lead | (from >> bits), (lead | (to >> bits)) + 1);
    }
  }
  return forms.filter(({ first }) => first.includes(1));
}
