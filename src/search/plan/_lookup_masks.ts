/**
 * By which bytes several needles are looked for: masks in a plan, which `kernel/_wasm/verify.ts` draws.
 *
 * @module
 */
import { rareRuns, rarestRun, type Run } from "./byte_rarity.ts";
import { type ByteSets, CHARACTERS, FINGERPRINT_BYTES, SECOND_BYTES, setOfBytes, setsOfBytes } from "./fingerprint.ts";
import { lowNibbleProbability } from "./low_nibbles.ts";
import type { Needle } from "./needle.ts";

/** Each needle belongs to the bucket that is its number modulo this. */
export const BUCKETS = 8;
/** Where the masks begin. */
export const MASKS = 8;
const ASCII_PLACES = 1;
const FOURTH_MASKS = 528;
/** The bits for what of a needle is all ASCII: its first three places, and the fourth as well. */
const THREE_PLACES = 1;
const FOURTH_PLACE = 2;

/**
 * A part of a needle: 0 is the rarest one, 1 the next; or the one whose four bytes are rarest by their low nibbles, of
 * all parts or of those that are ASCII in every form.
 */
export type Part = number | "rarest by low nibbles" | "rarest by low nibbles, of ASCII";

/** Begins masks that no needle was added to. */
export function beginMasks(bytes: Uint8Array): void {
  bytes[ASCII_PLACES] = THREE_PLACES | FOURTH_PLACE;
}

/** The rarest part of a needle, or one that is less rare. */
function runOf(needle: Needle, part: number): Run | undefined {
  const runs = part === 0 ? [] : rareRuns(needle);
  return runs[Math.min(part, runs.length - 1)] ?? rarestRun(needle);
}

/** The part of a needle that is rarest by the low nibbles of its four bytes. */
function rarestByLowNibbles(
  needle: Needle,
  { format, prefersAscii }: { readonly format: "cri" | "docker"; readonly prefersAscii: boolean },
): Run | undefined {
  let best: Run | undefined;
  let least = Infinity;
  for (const run of rareRuns(needle)) {
    const sets = [...firstSets(needle, run), fourthSet(needle, run)];
    // Below 1, it says how rare a part is; above, that it is taken only where there is no other.
    const probability = lowNibbleProbability(sets, format) + (prefersAscii && !sets.every(isAscii) ? 1 : 0);
    if (probability >= least) continue;
    least = probability;
    best = run;
  }
  return best;
}

/**
 * Adds the bytes that a needle is looked for by to the masks of its bucket; returns the first of their units. A place
 * that it lacks takes any byte.
 */
export function putNeedleBytes(
  bytes: Uint8Array,
  needle: Needle,
  { bucket, part, format }: {
    readonly bucket: number;
    readonly part: Part;
    readonly format: "cri" | "docker";
  },
): number {
  const run = typeof part === "number"
    ? runOf(needle, part)
    : rarestByLowNibbles(needle, { format, prefersAscii: part === "rarest by low nibbles, of ASCII" });
  if (run === undefined) {
    throw new RangeError("Cannot look for a needle without a byte that is the same in all its forms");
  }
  putFingerprint(bytes, firstSets(needle, run), bucket);
  const fourth = fourthSet(needle, run);
  for (let byte = 0; byte < 256; byte++) {
    if (fourth[byte] === 1) {
      bytes[FOURTH_MASKS + (byte & 15)] = (bytes[FOURTH_MASKS + (byte & 15)] ?? 0) | (1 << bucket);
    }
  }
  if (!isAscii(fourth)) bytes[ASCII_PLACES] = (bytes[ASCII_PLACES] ?? 0) & ~FOURTH_PLACE;
  return run.start;
}

/** The sets of a run's own bytes. */
function firstSets(needle: Needle, { start, length }: Run): ByteSets {
  return setsOfBytes(needle.slice(start, start + length), FINGERPRINT_BYTES);
}

/** The set of the byte behind a run, or within its last character; what is behind one that is shorter may be any. */
function fourthSet(needle: Needle, { start, length }: Run): Uint8Array {
  const set = setOfBytes(length === FINGERPRINT_BYTES ? needle[start + length] : undefined);
  const last = needle[start + length - 1];
  if (last === "k" || last === "s") set[SECOND_BYTES[last]] = 1;
  return set;
}

function isAscii(set: Uint8Array): boolean {
  return set.indexOf(1, CHARACTERS) < 0;
}

/** Adds a fingerprint to the masks of a bucket: for each place, which low and which high nibbles of a byte it takes. */
export function putFingerprint(bytes: Uint8Array, sets: ByteSets, bucket: number): void {
  if (!sets.every(isAscii)) bytes[ASCII_PLACES] = 0;
  for (const [place, set] of sets.entries()) {
    const masks = MASKS + place * 32;
    for (let byte = 0; byte < 256; byte++) {
      if (set[byte] !== 1) continue;
      bytes[masks + (byte & 15)] = (bytes[masks + (byte & 15)] ?? 0) | (1 << bucket);
      bytes[masks + 16 + (byte >> 4)] = (bytes[masks + 16 + (byte >> 4)] ?? 0) | (1 << bucket);
    }
  }
}
