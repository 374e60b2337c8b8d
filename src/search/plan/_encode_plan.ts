/**
 * Plans in the form that the kernel reads, which `kernel/_wasm/verify.ts` draws.
 *
 * @module
 */
import { pairOf } from "./_needle_pair.ts";
import { beginMasks, BUCKETS, MASKS, type Part, putFingerprint, putNeedleBytes } from "./_lookup_masks.ts";
import { UNICODE_ESCAPE } from "./_json_text.ts";
import {
  type Alternative,
  type ByteSets,
  CHARACTERS,
  type Fingerprint,
  MAX_ALTERNATIVE_LENGTH,
} from "./fingerprint.ts";
import { areRareByLowNibbles } from "./low_nibbles.ts";
import { isClassUnit, isPlainByte, type Needle, type Unit } from "./needle.ts";

const LITTLE_ENDIAN = true;
const LINE_FEED = 0x0a;
const ONE_NEEDLE = 1;
const SEVERAL_NEEDLES = 2;
const LOW_NIBBLE_NEEDLES = 3;
const NEEDLE_OR_ESCAPE = 4;
const FOUR_LOW_NIBBLES = 5;
const PAIR = 104;
const VERIFIED = 116;
const CLASSES = 112;
const ALTERNATIVE_LENGTH = 120;
const BEGINNING = 124;
const NEEDLES = 128;
const UNITS = 544;
const ALTERNATIVES = 1232;
const FOLD_K = 0xff;
const FOLD_S = 0xfe;
const FOLD_CLASS = 0xfd;
const CLASS_BYTES = CHARACTERS / 8;
/** The most classes of a plan: the last of so many stands for all further ones, and takes any character. */
const MAX_CLASSES = 64;
const ANY_CHARACTER = new Uint8Array(CHARACTERS).fill(1);

/**
 * A fingerprint is a needle without units: instead of those, its alternatives are verified. No line has a line feed in
 * it; with one, what stands at the end of a line and at the beginning of the next would be found.
 */
export function encodedFingerprint(fingerprint: Fingerprint, format: "cri" | "docker"): Uint8Array {
  const sets = fingerprint.sets.map(withoutLineFeed);
  const alternatives = fingerprint.alternatives.map((alternative) => alternative.map(withoutLineFeed));
  const bytes = encoded(format === "docker" ? [[], UNICODE_ESCAPE] : [[]], { verified: 0, sets, format });
  const whole = new Uint8Array(ALTERNATIVES + MAX_ALTERNATIVE_LENGTH * CHARACTERS * 2);
  whole.set(bytes);
  putAlternatives(new DataView(whole.buffer), alternatives);
  return whole;
}

function withoutLineFeed(set: Uint8Array): Uint8Array {
  const others = set.slice();
  others[LINE_FEED] = 0;
  return others;
}

/** Writes, for each place and character, a bit for each alternative that has it. One that has ended takes any. */
function putAlternatives(view: DataView, alternatives: readonly Alternative[]): void {
  view.setUint32(ALTERNATIVE_LENGTH, Math.max(...alternatives.map((alternative) => alternative.length)), LITTLE_ENDIAN);
  for (let place = 0; place < MAX_ALTERNATIVE_LENGTH; place++) {
    for (let character = 0; character < CHARACTERS; character++) {
      const bits = alternatives.reduce(
        (sum, alternative, index) => sum | ((alternative[place]?.[character] ?? 1) << index),
        0,
      );
      view.setUint16(ALTERNATIVES + (place * CHARACTERS + character) * 2, bits, LITTLE_ENDIAN);
    }
  }
}

export type { Part } from "./_lookup_masks.ts";

/** How needles are written down. */
export interface Encoding {
  /** How many of them count as found in a message. */
  readonly verified: number;
  /** What is looked for where a needle has no units. */
  readonly sets?: ByteSets;
  /** The lines that they are looked for in. */
  readonly format: "cri" | "docker";
  /** By which of their parts they are looked for. @default {0} */
  readonly part?: Part;
  /** Whether each match begins with the one needle, so that a message may be judged from the first one on. */
  readonly isBeginning?: boolean;
}

/** Writes down by what needles are looked for, and how each is verified. */
export function encoded(
  needles: readonly Needle[],
  options: Encoding,
): Uint8Array {
  const { verified, sets, format, part = 0, isBeginning = false } = options;
  const units = needles.reduce((sum, needle) => sum + needle.length, 0);
  const classes: Uint8Array[] = [];
  const codes = needles.flatMap((needle) => needle.map((unit) => codeOf(unit, classes)));
  const bytes = new Uint8Array(UNITS + units * 2 + classes.length * CLASS_BYTES);
  const view = new DataView(bytes.buffer);
  const { kind, anchors } = putLookups(bytes, needles, { sets, format, part });
  bytes[0] = kind;
  view.setUint32(4, needles.length, LITTLE_ENDIAN);
  view.setUint32(VERIFIED, verified, LITTLE_ENDIAN);
  view.setUint32(CLASSES, UNITS + units * 2, LITTLE_ENDIAN);
  // Where a text has different lengths, the first that is found is not always the first that begins.
  const isOfOneLength = needles[0]?.every((unit) => typeof unit !== "string");
  view.setUint32(BEGINNING, isBeginning && isOfOneLength ? 1 : 0, LITTLE_ENDIAN);
  let first = 0;
  for (const [index, needle] of needles.entries()) {
    const entry = NEEDLES + index * 8;
    view.setUint16(entry, first, LITTLE_ENDIAN);
    bytes.set([needle.length, anchors[index] ?? 0], entry + 2);
    first += needle.length;
  }
  bytes.set(codes.flat(), UNITS);
  for (const [index, characters] of classes.entries()) {
    putBits(bytes.subarray(UNITS + units * 2 + index * CLASS_BYTES), characters);
  }
  return bytes;
}

/** What a unit is written as: a value and its fold. A class that is not among these is added. */
function codeOf(unit: Unit, classes: Uint8Array[]): readonly [value: number, fold: number] {
  if (isPlainByte(unit)) return [unit.value, unit.fold];
  if (!isClassUnit(unit)) return [unit.charCodeAt(0), unit === "k" ? FOLD_K : FOLD_S];
  const { characters } = unit;
  const known = classes.findIndex((other) => other.every((taken, character) => taken === characters[character]));
  if (known >= 0) return [known, FOLD_CLASS];
  if (classes.length < MAX_CLASSES) classes.push(classes.length < MAX_CLASSES - 1 ? characters : ANY_CHARACTER);
  return [classes.length - 1, FOLD_CLASS];
}

/** Sets a bit for each character of a class. */
function putBits(bytes: Uint8Array, characters: Uint8Array): void {
  for (const [character, taken] of characters.entries()) {
    bytes[character >> 3] = (bytes[character >> 3] ?? 0) | (taken << (character & 7));
  }
}

/**
 * Sets by what each needle is looked for; `sets` are those of one without units. Gives the unit of each in which that
 * begins.
 */
function putLookups(
  bytes: Uint8Array,
  needles: readonly Needle[],
  { sets, format, part }: {
    readonly sets: ByteSets | undefined;
    readonly format: "cri" | "docker";
    readonly part: Part;
  },
): { readonly kind: number; readonly anchors: readonly number[] } {
  const [only] = needles;
  const isOne = sets === undefined && only !== undefined;
  if (isOne && needles.length === 1) return { kind: ONE_NEEDLE, anchors: [putPair(bytes, only, part)] };
  if (isOne && needles.length === 2 && needles[1] === UNICODE_ESCAPE) {
    return { kind: NEEDLE_OR_ESCAPE, anchors: [putPair(bytes, only, part)] };
  }
  beginMasks(bytes);
  const anchors = needles.map((needle, index) => {
    const bucket = index % BUCKETS;
    if (sets === undefined || needle.length > 0) return putNeedleBytes(bytes, needle, { bucket, part, format });
    putFingerprint(bytes, sets, bucket);
    return 0;
  });
  const isHalved = areRareByLowNibbles(bytes.subarray(MASKS, PAIR), format);
  return { kind: isHalved ? LOW_NIBBLE_NEEDLES : SEVERAL_NEEDLES, anchors };
}

/** The same needles, or the same fingerprint, in plans of each other kind that there is for several. */
export function inOtherKinds(
  bytes: Uint8Array,
  { isFingerprint = false }: { readonly isFingerprint?: boolean } = {},
): readonly Uint8Array[] {
  const [kind = 0] = bytes;
  if (kind === ONE_NEEDLE || kind === NEEDLE_OR_ESCAPE) return [];
  // A fingerprint has three bytes.
  const kinds = [...(isFingerprint ? [] : [FOUR_LOW_NIBBLES]), LOW_NIBBLE_NEEDLES, SEVERAL_NEEDLES];
  return kinds.filter((other) => other !== kind).map((other) => {
    const copy = bytes.slice();
    copy[0] = other;
    return copy;
  });
}

/**
 * Sets the two bytes that a single needle is looked for by: the rarest two at a fixed distance, of those that no rarer
 * part has. Returns the unit of the first.
 */
function putPair(bytes: Uint8Array, needle: Needle, part: Part): number {
  const best = pairOf(needle, typeof part === "number" ? part : 0);
  const one = best && needle[best.first];
  const other = best && needle[best.second];
  if (best === undefined || one === undefined || other === undefined || !isPlainByte(one) || !isPlainByte(other)) {
    throw new RangeError("Cannot look for a needle without a byte that is the same in all its forms");
  }
  bytes.set([one.value, one.fold, other.value, other.fold, best.second - best.first], PAIR);
  return best.first;
}
