/**
 * The known word that an unknown one was probably meant to be.
 *
 * @module
 */

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
    const cost = distance(word, one);
    if (cost < bestCost || (cost === bestCost && best === undefined)) [best, bestCost] = [one, cost];
  }
  return best ?? begun[0];
}

/** Returns how many letters have to be inserted, removed, replaced or swapped with the next one. */
function distance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const isSame = from[row - 1] === to[column - 1];
      let cost = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (isSame ? 0 : 1),
      );
      const isSwapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      if (isSwapped) cost = Math.min(cost, (beforeLast[column - 2] ?? 0) + 1);
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return last[to.length] ?? 0;
}
