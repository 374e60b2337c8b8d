/**
 * The known word that an unknown one was probably meant to be.
 *
 * @module
 */
import { editsBetween } from "../../config/edit_distance.ts";

/** The longest word that is compared: the work grows with its length. */
const MAX_LENGTH = 40;

/**
 * Returns the nearest of some words: one that begins with `word`, or else one that differs by few letters; `undefined`
 * where none is near.
 */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (word.length < 2 || word.length > MAX_LENGTH) return undefined;
  const begun = known.filter((one) => one.startsWith(word));
  if (begun.length === 1) return begun[0];
  let best: string | undefined;
  let bestCost = Math.min(3, Math.floor(word.length / 3) + 1);
  for (const one of known) {
    const cost = editsBetween(word, one);
    if (cost < bestCost || (cost === bestCost && best === undefined)) [best, bestCost] = [one, cost];
  }
  return best ?? begun[0];
}
