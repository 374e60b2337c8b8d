/**
 * What some part of every match looks like: for patterns without a literal, such as `[xyz]\d\d[qjk]` or `(\d{1,3}\.){3}`.
 *
 * Promises that wherever the pattern matches, three neighbouring bytes lie in three sets, in order, and from there on the text follows one of a few ways for as
 * long as it is ASCII. The three bytes are what is looked for; the ways sort out most of what is found. Such a fingerprint is worth looking for only when it
 * is selective: it must not be in the times and names that stand in every line, and it must be rare in text.
 *
 * @module
 */
import { type Alternative, CHARACTERS, createAlternativeFinder, isWritten } from "./_alternatives.ts";
import { byteProbability } from "./byte_rarity.ts";
import type { Hir, HirClass } from "../syntax/hir.ts";
import type { PlainByte } from "./needle.ts";

export { type Alternative, CHARACTERS, MAX_ALTERNATIVE_LENGTH } from "./_alternatives.ts";

/** How many bytes it has. */
export const FINGERPRINT_BYTES = 3;

/** What some part of every match looks like. */
export interface Fingerprint {
  /** Three neighbouring bytes: 1 in the places of those that a match may have there. */
  readonly sets: ByteSets;
  /** What begins there: at least one of these. */
  readonly alternatives: readonly Alternative[];
}

/** For each place, 1 for the bytes that may stand there. */
export type ByteSets = readonly Uint8Array[];

/** The sets of bytes in a row, as many as a fingerprint has; behind the last of them, any byte may stand. */
export function setsOfBytes(bytes: readonly PlainByte[]): ByteSets {
  return Array.from({ length: FINGERPRINT_BYTES }, (_, place) => {
    const taken = bytes[place];
    return Uint8Array.from(
      { length: 256 },
      (_, byte) => taken === undefined || (byte | taken.fold) === taken.value ? 1 : 0,
    );
  });
}

/** What stands in every line, whatever its message: a fingerprint that is found here names all lines. */
const HEADERS = [
  "2025-03-04T05:06:07.123456789Z stdout F ",
  "2019-12-31T23:58:46.980765432+02:00 stderr P ",
  '{"log":"","stream":"stdout","time":"2025-03-04T05:06:07.123456789Z"}',
  '\\n","stream":"stderr","time":"2019-12-31T23:58:46.980765432Z"}',
].map((header) => new TextEncoder().encode(header));

/** The commonest that a fingerprint may be: once in this many bytes of text. Half of all lines may have one before looking at every line costs less. */
const LEAST_DISTANCE = 256;
/** The commonest that its three bytes may be: beyond that, following the ways costs more than looking at every line. */
const LEAST_BYTES_DISTANCE = 32;

/**
 * The best fingerprint of a pattern, or `undefined` when none is selective.
 *
 * @param hir What the pattern means.
 * @param isAsItIs Whether an ASCII character is written as itself in what is searched, always.
 */
export function fingerprintOf(
  hir: Hir,
  isAsItIs: (character: number) => boolean = () => true,
): Fingerprint | undefined {
  const items = itemsOf(hir);
  const finder = createAlternativeFinder(isAsItIs);
  const classes: Walk["classes"] = new Map();
  let best: Fingerprint | undefined;
  let least = 1 / LEAST_DISTANCE;
  for (let first = 0; first < Math.min(items.length, MAX_STARTS); first++) {
    const parts = items.slice(first, first + MAX_PARTS);
    const sets = setsFrom(parts, classes);
    const ofBytes = product(sets);
    if (
      ofBytes * LEAST_BYTES_DISTANCE > 1 ||
      !sets.every((set) => isFull(set) || isWritten(set.subarray(0, CHARACTERS), isAsItIs))
    ) continue;
    const alternatives = finder.find(parts);
    // Where something was, it is likely to be again: in a number a digit, in an address a dot. So each counts once.
    const probability = Math.min(
      ofBytes,
      alternatives.reduce((sum, alternative) => sum + product([...new Set(alternative)]), 0),
    );
    if (probability < least && !HEADERS.some((header) => isIn({ sets, alternatives }, header))) {
      best = { sets, alternatives };
      least = probability;
    }
  }
  return best;
}

function product(sets: readonly Uint8Array[]): number {
  return sets.reduce((all, set) => all * setProbability(set), 1);
}

function isFull(set: Uint8Array): boolean {
  return !set.includes(0);
}

/** So many parts are tried as the first: what is worth finding is found among them, and the time that it takes is bounded. */
const MAX_STARTS = 32;
/** A place that is that many parts behind the first may take any byte: enough for three bytes, unless most parts may be empty. */
const MAX_PARTS = 16;

/** What is there several times is taken apart, at its end: so many times are parts of their own. */
const MAX_TIMES = 4;

/** The parts that follow each other in every match, as many as are looked at. */
function itemsOf(hir: Hir): readonly Hir[] {
  const items: Hir[] = [];
  const add = (part: Hir): void => {
    if (items.length >= MAX_STARTS + MAX_PARTS) return;
    if (part.kind === "capture") add(part.item);
    else if (part.kind === "concat") { for (const item of part.items) add(item); }
    else if (part.kind === "repeat" && part.min > 0) {
      const times = Math.min(part.min, MAX_TIMES);
      const before = part.min - times;
      if (before > 0) items.push({ ...part, min: before, max: before });
      for (let time = 0; time < times; time++) add(part.item);
      add({ ...part, min: 0, max: part.max - part.min });
    } else if (part.kind !== "repeat" || part.max > 0) items.push(part);
  };
  add(hir);
  return items;
}

/** Some of the three places, a bit for each. */
type Places = number;

/** The place of the first byte. */
const FIRST_PLACE: Places = 1;
const ALL_PLACES: Places = 7;

/** The sets of the first bytes of a sequence. */
function setsFrom(items: readonly Hir[], classes: Walk["classes"]): ByteSets {
  const sets = Array.from({ length: FINGERPRINT_BYTES }, () => new Uint8Array(256));
  const walk: Walk = { sets, known: new Map(), classes };
  let starts = FIRST_PLACE;
  for (const item of items) starts = placesAfter(item, starts, walk);
  // Where the sequence may be over, any byte may follow.
  for (const [at, set] of sets.entries()) if (starts & (2 << at) - 1) set.fill(1);
  return sets;
}

/** One way through a sequence. */
interface Walk {
  /** What is found. */
  readonly sets: ByteSets;
  /** Where each part ends, by where it begins: without this, repeats within repeats would be walked through three times each. */
  readonly known: Map<Hir, (Places | undefined)[]>;
  /** The bytes of each class that was met, in any sequence. */
  readonly classes: Map<HirClass, readonly Form[]>;
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

/** A byte from `first` to `last` at each of the places; returns the places behind it. Positional arguments: this is called for each range of each class. */
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
interface Form {
  readonly first: Uint8Array;
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

/** Whether a fingerprint is anywhere in these bytes, which are ASCII. */
function isIn({ sets, alternatives }: Fingerprint, bytes: Uint8Array): boolean {
  const fits = (row: readonly Uint8Array[], at: number): boolean =>
    row.every((set, place) => at + place < bytes.length && set[bytes[at + place] ?? 0] === 1);
  return bytes.some((_, at) => fits(sets, at) && alternatives.some((alternative) => fits(alternative, at)));
}

function setProbability(set: Uint8Array): number {
  let sum = 0;
  for (let byte = 0; byte < 256; byte++) if (set[byte]) sum += byteProbability(byte);
  return Math.min(sum, 1);
}
