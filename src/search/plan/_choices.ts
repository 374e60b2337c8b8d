/**
 * Choices of texts of which each match holds one, and how rare they are.
 *
 * @module
 */
import type { Needle } from "./needle.ts";

/** Texts of which a match holds one. */
export type Choice = readonly Needle[];

/** How rare a needle is in what is searched, in bits of surprise; 0 where it cannot be looked for. */
export type Rate = (needle: Needle) => number;

/** The most choices that are required of a match: the rarest of them. */
const MAX_REQUIRED = 8;

/** Leaves as many choices as are required of a match, the rarest, in their order. */
export function keepRarest(choices: Choice[], rate: Rate): void {
  while (choices.length > MAX_REQUIRED) {
    const scores = choices.map((choice) => score(choice, rate));
    choices.splice(scores.indexOf(Math.min(...scores)), 1);
  }
}

/** The rarest of some choices. */
export function rarest(row: readonly Choice[], rate: Rate): Choice | undefined {
  let best: Choice | undefined;
  for (const choice of row) if (best === undefined || score(choice, rate) > score(best, rate)) best = choice;
  return best;
}

/** How few lines a set of needles is likely to name: that of its commonest needle, less for each further one. */
export function score(needles: readonly Needle[], rate: Rate): number {
  return Math.min(...needles.map(rate)) - Math.log2(needles.length);
}
