import assert from "#assert";
import { eventually } from "../../tests/support/eventually.ts";
import { setImmediate } from "node:timers/promises";
import { nextSlice } from "./time_slice.ts";

Deno.test("a thousand that ask before the first of them has worked go on one in a round, in their order", async () => {
  await setImmediate();
  const gone: number[] = [];
  const all = Array.from({ length: 50 }, async (_, i) => {
    await nextSlice();
    gone.push(i);
  });
  await Promise.resolve();
  assert.ok(gone.length <= 1, String(gone.length));
  let most = 0;
  for (let before = gone.length; gone.length < 50; before = gone.length) {
    await setImmediate();
    most = Math.max(most, gone.length - before);
  }
  await Promise.all(all);
  assert.ok(most <= 1, String(most));
  assert.deepEqual(gone, Array.from({ length: 50 }, (_, i) => i));
});

Deno.test("where several wait, there are rounds between two of them", async () => {
  await setImmediate();
  let gone = 0;
  const all = Array.from({ length: 5 }, () => nextSlice().then(() => gone++));
  const counts: number[] = [];
  await eventually("all have had a slice", () => {
    counts.push(gone);
    return gone === 5;
  });
  await Promise.all(all);
  const rounds = [1, 2, 3].map((count) => counts.filter((each) => each === count).length);
  assert.ok(Math.min(...rounds) >= 8, String(counts));
});

Deno.test("a single caller goes on at once", async () => {
  await setImmediate();
  await setImmediate();
  let gone = false;
  const going = nextSlice().then(() => gone = true);
  await Promise.resolve();
  assert.ok(gone);
  await going;
});
