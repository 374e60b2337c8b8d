/**
 * Whether looking up the low nibbles of bytes is enough to find needles.
 *
 * It takes half of the time of looking up both nibbles. The low nibble does not tell upper case from lower case, which
 * loses nothing, but nor `5` from `u`. In a text full of digits, or where few bytes are looked up, it finds so much
 * that ruling that out takes more time than was saved.
 *
 * @module
 */
import { byteProbability } from "./byte_rarity.ts";
import { type ByteSets, FINGERPRINT_BYTES } from "./fingerprint.ts";

/** How many of all places may be found: about where both take the same time, measured on logs of both formats. */
const MAX_PROBABILITY = 1 / 80;

const ANY_DIGIT = -1;

/** What stands in each line beside its message; `#` is any digit. */
const HEADERS = {
  cri: nibblesOf("\n20##-##-##T##:##:##.#########Z stdout F "),
  docker: nibblesOf('\\n","stream":"stdout","time":"20##-##-##T##:##:##.#########Z"}\n{"log":"'),
} as const;

/** How long a line is, about. */
const LINE_BYTES = 150;
const BUCKETS = 8;
const NIBBLES = 16;
/** The low nibble of a digit is its value. */
const DIGITS = 0x3ff;

/** The low nibble of each character; of a digit that may be any, {@linkcode ANY_DIGIT}. */
function nibblesOf(header: string): Int8Array {
  return Int8Array.from(header, (character) => character === "#" ? ANY_DIGIT : character.charCodeAt(0) & 15);
}

/** About how often each low nibble is in text, out of 1. */
const probabilities = Float64Array.from({ length: NIBBLES }, (_, nibble) => {
  let sum = 0;
  for (let byte = nibble; byte < 256; byte += NIBBLES) sum += byteProbability(byte);
  return sum;
});

/**
 * Reports whether needles are so rare by the low nibbles of their bytes that the high ones need not be looked up.
 *
 * @param masks For each of three places, the buckets of each low nibble, then those of each high nibble: three
 * times 32 bytes.
 * @param format In whose lines they are looked for.
 */
export function areRareByLowNibbles(masks: Uint8Array, format: "cri" | "docker"): boolean {
  let probability = 0;
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    const places = Array.from({ length: FINGERPRINT_BYTES }, (_, place) => {
      let nibbles = 0;
      for (let nibble = 0; nibble < NIBBLES; nibble++) {
        nibbles |= (((masks[place * 2 * NIBBLES + nibble] ?? 0) >> bucket) & 1) << nibble;
      }
      return nibbles;
    });
    probability += probabilityOf(places, format);
  }
  return probability <= MAX_PROBABILITY;
}

/** How many of all places hold the low nibbles of bytes out of these sets, one behind the other, about, out of 1. */
export function lowNibbleProbability(sets: ByteSets, format: "cri" | "docker"): number {
  return probabilityOf(sets.map(lowNibbles), format);
}

/** The low nibbles of the bytes of a set, a bit for each. */
function lowNibbles(set: Uint8Array): number {
  let nibbles = 0;
  for (let byte = 0; byte < 256; byte++) if (set[byte] === 1) nibbles |= 1 << (byte & 15);
  return nibbles;
}

/** The same of nibbles: for each place, a bit for each that is taken. */
function probabilityOf(places: readonly number[], format: "cri" | "docker"): number {
  let probability = 1;
  for (const nibbles of places) probability *= inText(nibbles);
  // Nothing is looked for.
  if (probability === 0) return 0;
  const header = HEADERS[format];
  const ofDigit = places.map((nibbles) => ones(nibbles & DIGITS) / ones(DIGITS));
  for (let at = 0; at + places.length <= header.length; at++) {
    let here = 1;
    for (let place = 0; place < places.length && here > 0; place++) {
      const nibble = header[at + place] ?? 0;
      here *= nibble === ANY_DIGIT ? ofDigit[place] ?? 0 : ((places[place] ?? 0) >> nibble) & 1;
    }
    probability += here / LINE_BYTES;
  }
  return probability;
}

/** How often a byte in text has one of these low nibbles, about, out of 1. */
function inText(nibbles: number): number {
  let sum = 0;
  for (let nibble = 0; nibble < NIBBLES; nibble++) if ((nibbles >> nibble) & 1) sum += probabilities[nibble] ?? 0;
  return Math.min(1, sum);
}

/** How many bits are set. */
function ones(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count++;
  return count;
}
