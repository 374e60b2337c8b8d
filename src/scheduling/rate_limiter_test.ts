import assert from "#assert";
import { createRateLimiter, type RateLimiter } from "./rate_limiter.ts";

/** A pace whose time goes on when the test says so. */
function makePace(
  perSecond: number,
): RateLimiter & { readonly goOn: (ms: number) => Promise<void>; readonly timers: number[] } {
  let nowMs = 0;
  let due: { readonly atMs: number; readonly callback: () => void }[] = [];
  const timers: number[] = [];
  const pace = createRateLimiter({
    perSecond,
    beatMs: 50,
    clock: () => nowMs,
    later: (callback, ms) => {
      timers.push(ms);
      due.push({ atMs: nowMs + ms, callback });
    },
  });
  return {
    ...pace,
    timers,
    goOn: async (ms) => {
      nowMs += ms;
      const ready = due.filter(({ atMs }) => atMs <= nowMs);
      due = due.filter(({ atMs }) => atMs > nowMs);
      for (const { callback } of ready) callback();
      await new Promise((resolve) => setTimeout(resolve, 0));
    },
  };
}

Deno.test("few reads are made at once", async () => {
  const pace = makePace(100);
  for (let i = 0; i < 200; i++) {
    await pace.next();
    await pace.goOn(10);
  }
  assert.deepEqual(pace.timers, []);
});

Deno.test("many reads wait for one beat together, and are no more in a second than they may be", async () => {
  const pace = makePace(100);
  let reads = 0;
  const over = new AbortController();
  // Ten follows of which each has something to read all the time.
  const follows = Array.from({ length: 10 }, async () => {
    while (!over.signal.aborted) {
      await pace.next();
      reads++;
      await pace.goOn(0);
    }
  });
  for (let ms = 0; ms < 5_000; ms += 10) await pace.goOn(10);
  over.abort();
  for (let i = 0; i < 3; i++) await pace.goOn(250);
  await Promise.all(follows);
  assert.ok(reads >= 500 && reads <= 550, `${reads} reads in 5 s`);
  assert.ok(pace.timers.length < 70, `${pace.timers.length} beats`);
});

Deno.test("nobody waits longer than a quarter of a second, however many there are", async () => {
  const pace = makePace(100);
  for (let round = 0; round < 3; round++) {
    const all = Array.from({ length: 1_000 }, () => pace.next());
    await pace.goOn(250);
    await Promise.all(all);
  }
  assert.equal(Math.max(...pace.timers), 250);
});

Deno.test("after a while without reads, a burst of them is made at once", async () => {
  const pace = makePace(100);
  const burst = async (): Promise<void> => {
    for (let i = 0; i < 20; i++) await pace.next();
  };
  await burst();
  const late = pace.next();
  assert.deepEqual(pace.timers, [50]);
  await pace.goOn(50);
  await late;
  await pace.goOn(1_000);
  await burst();
  assert.deepEqual(pace.timers, [50]);
});
