/**
 * Sets of ASCII characters: 1 at the index of each.
 *
 * @module
 */
import type { HirClass } from "../syntax/hir.ts";

/** ASCII characters. */
export const CHARACTERS = 128;

/** Those of a class. */
export function charactersOf({ ranges }: HirClass): Uint8Array {
  const set = new Uint8Array(CHARACTERS);
  for (let range = 0; range < ranges.length; range += 2) {
    set.fill(1, ranges[range], Math.min((ranges[range + 1] ?? 0) + 1, CHARACTERS));
  }
  return set;
}
