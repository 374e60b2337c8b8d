import assert from "#assert";
import { createRequestRate } from "./_request_rate.ts";

Deno.test("the first requests of each half second go on at once, the others at its end", async () => {
  let nowMs = 1_000;
  const slept: number[] = [];
  const rate = createRequestRate({
    clock: () => nowMs,
    sleep: (ms) => {
      slept.push(ms);
      return Promise.resolve();
    },
  });
  for (let request = 0; request < 16; request++) await rate.admit();
  assert.deepEqual(slept, []);
  nowMs += 100;
  await rate.admit();
  assert.deepEqual(slept, [400]);
  nowMs += 400;
  for (let request = 0; request < 16; request++) await rate.admit();
  assert.deepEqual(slept, [400]);
  await rate.admit();
  assert.deepEqual(slept, [400, 500]);
});

Deno.test("a request that waits goes on by itself", async () => {
  let nowMs = 0;
  const rate = createRequestRate({ clock: () => nowMs });
  for (let request = 0; request < 16; request++) await rate.admit();
  nowMs = 499;
  await rate.admit();
});
