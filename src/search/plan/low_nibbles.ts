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

/** What stands in each line beside its message; `#` is any digit. */
const HEADERS = {
  cri: "\n20##-##-##T##:##:##.#########Z stdout F ",
  docker: '\\n","stream":"stdout","time":"20##-##-##T##:##:##.#########Z"}\n{"log":"',
} as const;

/** How long a line is, about. */
const LINE_BYTES = 150;
const BUCKETS = 8;
const NIBBLES = 16;
const DIGITS = 10;

/** About how often each low nibble is in text, out of 1. */
const probabilities = Array.from({ length: NIBBLES }, (_, nibble) => {
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
    const places = Array.from(
      { length: FINGERPRINT_BYTES },
      (_, place) => probabilities.map((_, nibble) => ((masks[place * 2 * NIBBLES + nibble] ?? 0) >> bucket) & 1),
    );
    probability += probabilityOf(places, format);
  }
  return probability <= MAX_PROBABILITY;
}

/** How many of all places hold the low nibbles of bytes out of these sets, one behind the other, about, out of 1. */
export function lowNibbleProbability(sets: ByteSets, format: "cri" | "docker"): number {
  const places = sets.map((set) =>
    probabilities.map((_, nibble) => set.some((taken, byte) => taken === 1 && byte % NIBBLES === nibble) ? 1 : 0)
  );
  return probabilityOf(places, format);
}

/** The same of nibbles: for each place 1 at the index of each that is taken. */
function probabilityOf(nibbles: readonly (readonly number[])[], format: "cri" | "docker"): number {
  const header = [...HEADERS[format]];
  const places = nibbles.map(takenBy);
  let probability = product(places.map((place) => place.inText));
  // Nothing is looked for.
  if (probability === 0) return 0;
  for (let at = 0; at + places.length <= header.length; at++) {
    probability += product(places.map(({ ofCharacter }, place) => ofCharacter(header[at + place] ?? ""))) / LINE_BYTES;
  }
  return probability;
}

/** What is taken at a place, as probabilities: of a byte in text, and of a character of a header. */
function takenBy(taken: readonly number[]): {
  readonly inText: number;
  readonly ofCharacter: (character: string) => number;
} {
  const inText = probabilities.reduce((sum, probability, nibble) => sum + probability * (taken[nibble] ?? 0), 0);
  // The low nibble of a digit is its value.
  const ofDigit = taken.slice(0, DIGITS).reduce((sum, one) => sum + one, 0) / DIGITS;
  return {
    inText: Math.min(1, inText),
    ofCharacter: (character) => character === "#" ? ofDigit : taken[character.charCodeAt(0) % NIBBLES] ?? 0,
  };
}

function product(factors: readonly number[]): number {
  return factors.reduce((all, factor) => all * factor, 1);
}
