import assert from "#assert";
import { COUNTER_NAMES, createCounters } from "./counters.ts";

Deno.test("createCounters starts every counter at 0", () => {
  const snapshot = createCounters().snapshot();
  assert.deepEqual(Object.keys(snapshot), [...COUNTER_NAMES]);
  assert.deepEqual(new Set(Object.values(snapshot)), new Set([0]));
});

Deno.test("Counters.add adds one, or as many as it is told", () => {
  const counters = createCounters();
  counters.add("reviews");
  counters.add("records_sent", 500);
  counters.add("records_sent", 0);
  counters.add("records_sent");
  assert.equal(counters.snapshot().reviews, 1);
  assert.equal(counters.snapshot().records_sent, 501);
});

Deno.test("Counters.add refuses what is not a whole number from 0", () => {
  const counters = createCounters();
  for (const n of [-1, 0.5, NaN, Infinity]) {
    assert.throws(() => counters.add("reviews", n), RangeError);
  }
  assert.equal(counters.snapshot().reviews, 0);
});

Deno.test("Counters.snapshot does not change afterwards", () => {
  const counters = createCounters();
  const before = counters.snapshot();
  counters.add("reviews");
  assert.equal(before.reviews, 0);
  assert.equal(createCounters().snapshot().reviews, 0);
});
