import assert from "#assert";
import { contains, intersect, negate, rangesFrom, subtract, symmetricDifference, union } from "./ranges.ts";
import { checkRandom } from "../../../tests/support/property.ts";
import type { Random } from "../../../tests/support/random.ts";

const MAX = 40;

function membersOf(ranges: readonly number[]): boolean[] {
  return Array.from({ length: MAX + 1 }, (_, value) => {
    for (let index = 0; index < ranges.length; index += 2) {
      if ((ranges[index] ?? 0) <= value && value <= (ranges[index + 1] ?? 0)) return true;
    }
    return false;
  });
}

function assertForm(ranges: readonly number[]): void {
  for (let index = 0; index < ranges.length; index += 1) {
    const least = index === 0 ? 0 : (ranges[index - 1] ?? 0) + (index % 2 === 0 ? 2 : 0);
    assert.ok((ranges[index] ?? 0) >= least, `not in form: ${ranges}`);
  }
}

Deno.test("sets of ranges behave as sets of numbers, and stay in their form", async () => {
  const any = (random: Random): number[] => {
    const bounds = Array.from({ length: random.int(5) }, () => random.int(MAX)).flatMap((
      low,
    ) => [low, low + random.int(MAX + 1 - low)]);
    return rangesFrom(bounds);
  };
  await checkRandom((random) => {
    const [left, right] = [any(random), any(random)];
    const pairs: [readonly number[], (one: boolean, two: boolean) => boolean][] = [
      [left, (one) => one],
      [union(left, right), (one, two) => one || two],
      [intersect(left, right), (one, two) => one && two],
      [subtract(left, right), (one, two) => one && !two],
      [symmetricDifference(left, right), (one, two) => one !== two],
      [negate(left, MAX), (one) => !one],
    ];
    for (const [result, expected] of pairs) {
      assertForm(result);
      const [one, two] = [membersOf(left), membersOf(right)];
      assert.deepEqual(
        membersOf(result),
        one.map((member, value) => expected(member, two[value] ?? false)),
        `${left} and ${right}`,
      );
    }
    assert.deepEqual(membersOf(left), Array.from({ length: MAX + 1 }, (_, value) => contains(left, value)));
  }, { runs: 3000 });
});

Deno.test("rangesFrom() joins ranges that touch", () => {
  assert.deepEqual(rangesFrom([5, 6, 1, 2, 3, 4, 9, 9]), [1, 6, 9, 9]);
  assert.deepEqual(rangesFrom([0, 0x10ffff, 5, 5]), [0, 0x10ffff]);
  assert.deepEqual(rangesFrom([]), []);
});
