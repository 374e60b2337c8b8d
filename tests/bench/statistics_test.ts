import assert from "#assert";
import { geometricMean, median, quantile } from "./statistics.ts";

Deno.test("median is the middle value, whatever the order", () => {
  assert.equal(median([10, 2, 9]), 9);
  assert.equal(median([7]), 7);
  assert.equal(median([100, 20, 3, 10]), 15);
  assert(Number.isNaN(median([])));
});

Deno.test("quantile is the smallest value that enough values do not exceed", () => {
  const values = Array.from({ length: 200 }, (_, at) => 200 - at);
  assert.equal(quantile(values, 0.5), 100);
  assert.equal(quantile(values, 0.99), 198);
  assert.equal(quantile(values, 1), 200);
  assert.equal(quantile(values, 0), 1);
  assert.equal(quantile([5, 4, 3, 2, 1], 0.5), 3);
  assert.equal(quantile([5], 0.99), 5);
  assert(Number.isNaN(quantile([], 0.5)));
});

Deno.test("geometricMean of a half and of twice is one, and NaN of none", () => {
  assert(Math.abs(geometricMean([0.5, 2]) - 1) < 1e-12);
  assert.deepEqual(geometricMean([]), NaN);
});
