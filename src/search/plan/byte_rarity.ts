/**
 * How rare bytes are in the logs of programs: a rank for each, and what follows for needles.
 *
 * The order was counted over a mixture of access logs, JSON lines, key=value lines and stack traces, letters of both
 * cases together. It decides only about speed.
 *
 * @module
 */
import { isPlainByte, type Needle, type Unit } from "./needle.ts";

/** Commonest first; what is not here is rare. */
const COMMON = ' e0t1ia2noSr3d5l4:c6p-8u79m.g"/hf=b,yv_k[]wx)(;zjq';

/** Bits of surprise of a byte that is not in the list. */
const RARE_BITS = 12;

const bits = new Float64Array(256).fill(RARE_BITS);
for (const [rank, character] of [...COMMON.toLowerCase()].entries()) {
  // From about 3 bits for the commonest to about 11 for the last.
  const surprise = 3 + (rank / COMMON.length) * 8;
  bits[character.charCodeAt(0)] = surprise;
  bits[character.toUpperCase().charCodeAt(0)] = surprise;
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

/**
 * The bytes that a needle is looked for by: as many as `count` neighbouring plain units, the rarest such run;
 * `undefined` when there are none.
 */
export function rarestRun(
  needle: Needle,
  count: number,
): { readonly start: number; readonly length: number; readonly rarity: number } | undefined {
  let best: { start: number; length: number; rarity: number } | undefined;
  for (let start = 0; start < needle.length; start++) {
    let rarity = 0;
    let length = 0;
    for (; length < count; length++) {
      const unit = needle[start + length];
      if (unit === undefined || !isPlainByte(unit)) break;
      rarity += unitRarity(unit);
    }
    if (length > 0 && (best === undefined || rarity > best.rarity)) best = { start, length, rarity };
  }
  return best;
}

/** Bits of surprise of a needle, by the three bytes that it is looked for by; 0 when it cannot be looked for. */
export function needleRarity(needle: Needle): number {
  return rarestRun(needle, 3)?.rarity ?? 0;
}
