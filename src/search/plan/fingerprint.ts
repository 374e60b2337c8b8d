/**
 * Fingerprints: what some part of every match looks like. For patterns without a literal, such as `[xyz]\d\d[qjk]` or
 * `(\d{1,3}\.){3}`.
 *
 * Wherever the pattern matches, three neighbouring bytes lie in three sets, in order. From the first of them on, the
 * text follows one of a few alternatives for as long as it is ASCII. The kernel looks for the three bytes, and rules
 * out most of what it finds by the alternatives. A fingerprint is used only when it is selective: it is rare in text,
 * and not in the times and names of every line.
 *
 * @module
 */
import { type Alternative, createAlternativeFinder, isWritten } from "./_alternatives.ts";
import { CHARACTERS } from "./_characters.ts";
import { type ByteSets, type KnownClasses, setsFrom } from "./_byte_sets.ts";
import { byteProbability } from "./byte_rarity.ts";
import type { Hir } from "../syntax/hir.ts";

export { type Alternative, MAX_ALTERNATIVE_LENGTH } from "./_alternatives.ts";
export { CHARACTERS } from "./_characters.ts";
export { type ByteSets, FINGERPRINT_BYTES, SECOND_BYTES, setOfBytes, setsOfBytes } from "./_byte_sets.ts";

/** What some part of every match looks like. */
export interface Fingerprint {
  /** For each of three neighbouring bytes, the values that it may have in a match. */
  readonly sets: ByteSets;
  /** What begins there: at least one of these. */
  readonly alternatives: readonly Alternative[];
}

/** Texts of every line, whatever its message: a fingerprint that is found here names all lines. */
const HEADERS = [
  "2025-03-04T05:06:07.123456789Z stdout F ",
  "2019-12-31T23:58:46.980765432+02:00 stderr P ",
  '{"log":"","stream":"stdout","time":"2025-03-04T05:06:07.123456789Z"}',
  '\\n","stream":"stderr","time":"2019-12-31T23:58:46.980765432Z"}',
].map((header) => new TextEncoder().encode(header));

/**
 * A fingerprint is at least so rare: once in this many bytes of text. It pays up to where about half of all lines have
 * one.
 */
const LEAST_DISTANCE = 256;
/** Its three bytes are at least so rare: otherwise checking alternatives costs more than looking at every line. */
const LEAST_BYTES_DISTANCE = 32;

/**
 * Returns the best fingerprint of a pattern, or `undefined` when none is selective.
 *
 * @param hir What the pattern means.
 * @param isVerbatim Reports whether an ASCII character always stands for itself in the text that is searched.
 */
export function fingerprintOf(
  hir: Hir,
  isVerbatim: (character: number) => boolean = () => true,
): Fingerprint | undefined {
  const items = itemsOf(hir);
  const finder = createAlternativeFinder(isVerbatim);
  const classes: KnownClasses = new Map();
  let best: Fingerprint | undefined;
  let least = 1 / LEAST_DISTANCE;
  for (let first = 0; first < Math.min(items.length, MAX_STARTS); first++) {
    const parts = items.slice(first, first + MAX_PARTS);
    const sets = setsFrom(parts, classes);
    const ofBytes = product(sets);
    if (
      ofBytes * LEAST_BYTES_DISTANCE > 1 ||
      !sets.every((set) => isFull(set) || isWritten(set.subarray(0, CHARACTERS), isVerbatim))
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

/**
 * So many parts are tried as the first: what is worth finding is found among them, and the time that it takes is
 * bounded.
 */
const MAX_STARTS = 32;
/**
 * A place that is that many parts behind the first may take any byte: enough for three bytes, unless most parts may be
 * empty.
 */
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
