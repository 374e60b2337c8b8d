/**
 * Sets of numbers as ranges: `[first, last, first, last, …]`, both inclusive, ascending, never touching.
 *
 * Owns the algebra of classes. Every function takes sets in this form and returns a new one, except `rangesFrom()`,
 * which makes the form.
 *
 * @module
 */

/** A set from ranges in any order, which may overlap. Numbers stay below 2 ** 21. */
export function rangesFrom(bounds: readonly number[]): number[] {
  const keys = new Float64Array(bounds.length / 2);
  for (let index = 0; index < keys.length; index += 1) {
    keys[index] = at(bounds, 2 * index) * SHIFT + at(bounds, 2 * index + 1);
  }
  keys.sort();
  const merged: number[] = [];
  for (const key of keys) {
    const first = Math.floor(key / SHIFT);
    const last = key % SHIFT;
    const end = merged.length - 1;
    if (end > 0 && first <= at(merged, end) + 1) merged[end] = Math.max(at(merged, end), last);
    else merged.push(first, last);
  }
  return merged;
}

const SHIFT = 2 ** 21;

/** What is in either. */
export function union(left: readonly number[], right: readonly number[]): number[] {
  return rangesFrom([...left, ...right]);
}

/** What is not in it, from 0 to `max`. */
export function negate(ranges: readonly number[], max: number): number[] {
  const rest: number[] = [];
  let from = 0;
  for (let index = 0; index < ranges.length; index += 2) {
    if (at(ranges, index) > from) rest.push(from, at(ranges, index) - 1);
    from = at(ranges, index + 1) + 1;
  }
  if (from <= max) rest.push(from, max);
  return rest;
}

/** What is in both. */
export function intersect(left: readonly number[], right: readonly number[]): number[] {
  const both: number[] = [];
  let one = 0;
  let two = 0;
  while (one < left.length && two < right.length) {
    const first = Math.max(at(left, one), at(right, two));
    const last = Math.min(at(left, one + 1), at(right, two + 1));
    if (first <= last) both.push(first, last);
    if (at(left, one + 1) < at(right, two + 1)) one += 2;
    else two += 2;
  }
  return both;
}

/** What is in the left one only. */
export function subtract(left: readonly number[], right: readonly number[]): number[] {
  return intersect(left, negate(right, left.at(-1) ?? 0));
}

/** What is in one of them, not in both. */
export function symmetricDifference(left: readonly number[], right: readonly number[]): number[] {
  return union(subtract(left, right), subtract(right, left));
}

/** Whether a number is in the set. */
export function contains(ranges: readonly number[], value: number): boolean {
  let low = 0;
  let high = ranges.length / 2;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (at(ranges, 2 * middle + 1) < value) low = middle + 1;
    else high = middle;
  }
  return 2 * low < ranges.length && at(ranges, 2 * low) <= value;
}

function at(bounds: readonly number[], index: number): number {
  // deno-lint-ignore no-non-null-assertion -- callers stay below the length
  return bounds[index]!;
}
