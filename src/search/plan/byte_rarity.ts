/**
 * How rare bytes are in the logs of programs: a rank for each, and what follows for needles.
 *
 * The order was counted over a mixture of access logs, JSON lines, key=value lines and stack traces, letters of both
 * cases together. It decides only about speed.
 *
 * @module
 */
import { FINGERPRINT_BYTES } from "./_byte_sets.ts";
import { isPlainByte, type Needle, type Unit } from "./needle.ts";

/** Commonest first; what is not here is rare. */
const COMMON = ' e0t1ia2noSr3d5l4:c6p-8u79m.g"\\/hf=b,yv_k[]wx)(;zjq';

/** Bits of surprise of a byte that is not in the list. */
const RARE_BITS = 12;

const bits = new Float64Array(256).fill(RARE_BITS);
for (const [rank, character] of [...COMMON.toLowerCase()].entries()) {
  // From about 3 bits for the commonest to about 11 for the last.
  const surprise = 3 + (rank / COMMON.length) * 8;
  bits[character.charCodeAt(0)] = surprise;
  bits[character.toUpperCase().charCodeAt(0)] = surprise;
}

/**
 * Bits of surprise of the letters that have a form that is not ASCII: by the nibbles of its first byte they are like
 * b and u.
 */
const LETTER_BITS = { k: bitsOf("kb"), s: bitsOf("su") } as const;

function bitsOf(letters: string): number {
  return -Math.log2([...letters].reduce((sum, letter) => sum + byteProbability(letter.charCodeAt(0)), 0));
}

/** Bits of surprise of a unit: the higher, the fewer places it names. */
export function unitRarity(unit: Unit): number {
  if (!isPlainByte(unit)) return 0;
  return bits[unit.value] ?? RARE_BITS;
}

/** How often a byte is, about, out of 1. */
export function byteProbability(byte: number): number {
  return 2 ** -(bits[byte] ?? RARE_BITS);
}

/** Neighbouring units of a needle by which it can be looked for. */
export interface Run {
  /** The first unit. */
  readonly start: number;
  /** How many units there are. */
  readonly length: number;
  /** Bits of surprise. */
  readonly rarity: number;
}

/**
 * The rarest run of as many neighbouring units as are looked for, all plain but perhaps the last; `undefined` when
 * there are none.
 */
export function rarestRun(needle: Needle): Run | undefined {
  let best: Run | undefined;
  for (let start = 0; start < needle.length; start++) {
    const run = runAt(needle, start);
    if (run !== undefined && (best === undefined || run.rarity > best.rarity)) best = run;
  }
  return best;
}

/**
 * The runs by which a needle can be looked for. First those of which none overlaps a rarer one, the rarest first: a log
 * in which one is common may have another one seldom. Then the others that are as long, the rarest first.
 */
export function rareRuns(needle: Needle): readonly Run[] {
  const runs = needle.flatMap((_, start) => runAt(needle, start) ?? []);
  runs.sort((one, other) => other.rarity - one.rarity);
  const apart = runs.filter((run, index) => runs.slice(0, index).every((rarer) => !overlap(run, rarer)));
  return [...apart, ...runs.filter((run) => !apart.includes(run) && run.length === runs[0]?.length)];
}

function overlap(one: Run, other: Run): boolean {
  return one.start < other.start + other.length && other.start < one.start + one.length;
}

function runAt(needle: Needle, start: number): Run | undefined {
  let rarity = 0;
  let length = 0;
  while (length < FINGERPRINT_BYTES) {
    const unit = needle[start + length];
    if (unit === undefined) break;
    if (isPlainByte(unit)) {
      rarity += unitRarity(unit);
      length++;
      continue;
    }
    // What follows one of its forms is farther away than what follows another one.
    if (length > 0 && typeof unit === "string") {
      rarity += LETTER_BITS[unit];
      length++;
    }
    break;
  }
  return length === 0 ? undefined : { start, length, rarity };
}

/** Bits of surprise of a needle, by the three bytes that it is looked for by; 0 when it cannot be looked for. */
export function needleRarity(needle: Needle): number {
  return rarestRun(needle)?.rarity ?? 0;
}
