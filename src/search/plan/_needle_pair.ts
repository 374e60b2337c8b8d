/**
 * The two bytes that a single needle is looked for by.
 *
 * @module
 */
import { unitRarity } from "./byte_rarity.ts";
import { isPlainByte, type Needle } from "./needle.ts";

/** Two units of a needle, by their places; the same one where it has no other. */
export interface NeedlePair {
  /** The place of the first. */
  readonly first: number;
  /** The place of the other, not before it. */
  readonly second: number;
}

/** The rarest two units of a needle at a fixed distance, of those that `rank` rarer pairs leave. */
export function pairOf(needle: Needle, rank: number): NeedlePair | undefined {
  const taken = new Set<number>();
  let best = rarestPair(needle, taken);
  for (let rarer = 0; rarer < rank && best !== undefined; rarer++) {
    taken.add(best.first).add(best.second);
    best = rarestPair(needle, taken) ?? best;
  }
  return best;
}

/** The rarest two units of a needle at a fixed distance, or the rarest one twice; none of those that are taken. */
function rarestPair(
  needle: Needle,
  taken: ReadonlySet<number>,
): NeedlePair | undefined {
  let best: { first: number; second: number; rarity: number } | undefined;
  for (let first = 0; first < needle.length; first++) {
    for (let second = first; second < needle.length; second++) {
      const one = needle[first];
      const other = needle[second];
      // Between them, as at both ends, each unit must be one byte long.
      if (one === undefined || other === undefined || !isPlainByte(one) || !isPlainByte(other)) break;
      if (taken.has(first) || taken.has(second)) continue;
      const rarity = first === second ? unitRarity(one) : unitRarity(one) + unitRarity(other);
      if (best === undefined || rarity > best.rarity) best = { first, second, rarity };
    }
  }
  return best;
}
