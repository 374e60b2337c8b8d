import assert from "#assert";
import { countedSignal } from "../../tests/support/counted_signal.ts";
import { createRateLimiter, type RateLimiter } from "./rate_limiter.ts";
import { ticks } from "../../tests/support/ticks.ts";

const { signal } = new AbortController();

/** A limiter whose time goes on when the test says so. */
function manualLimiter(
  perSecond: number,
): RateLimiter & {
  readonly advance: (ms: number) => Promise<void>;
  readonly timers: number[];
  readonly isTimed: () => boolean;
} {
  let nowMs = 0;
  let due: { readonly atMs: number; readonly callback: () => void }[] = [];
  const timers: number[] = [];
  const limiter = createRateLimiter({
    perSecond,
    beatMs: 50,
    clock: () => nowMs,
    later: (callback, ms) => {
      timers.push(ms);
      const one = { atMs: nowMs + ms, callback };
      due.push(one);
      return { [Symbol.dispose]: () => void (due = due.filter((other) => other !== one)) };
    },
  });
  return {
    ...limiter,
    timers,
    isTimed: () => due.length > 0,
    advance: async (ms) => {
      nowMs += ms;
      const ready = due.filter(({ atMs }) => atMs <= nowMs);
      due = due.filter(({ atMs }) => atMs > nowMs);
      for (const { callback } of ready) callback();
      await ticks();
    },
  };
}

Deno.test("few reads are made at once", async () => {
  const limiter = manualLimiter(100);
  for (let i = 0; i < 200; i++) {
    await limiter.next({ signal });
    await limiter.advance(10);
  }
  assert.deepEqual(limiter.timers, []);
});

Deno.test("many reads wait for one beat together, and are no more in a second than they may be", async () => {
  const limiter = manualLimiter(100);
  let reads = 0;
  const over = new AbortController();
  // Ten follows of which each has something to read all the time.
  const follows = Array.from({ length: 10 }, async () => {
    while (!over.signal.aborted) {
      await limiter.next({ signal });
      reads++;
      await limiter.advance(0);
    }
  });
  for (let ms = 0; ms < 5_000; ms += 10) await limiter.advance(10);
  over.abort();
  for (let i = 0; i < 3; i++) await limiter.advance(250);
  await Promise.all(follows);
  assert.ok(reads >= 500 && reads <= 550, `${reads} reads in 5 s`);
  assert.ok(limiter.timers.length < 70, `${limiter.timers.length} beats`);
});

Deno.test("nobody waits longer than a quarter of a second, however many there are", async () => {
  const limiter = manualLimiter(100);
  for (let round = 0; round < 3; round++) {
    const all = Array.from({ length: 1_000 }, () => limiter.next({ signal }));
    await limiter.advance(250);
    await Promise.all(all);
  }
  assert.equal(Math.max(...limiter.timers), 250);
});

Deno.test("after a while without reads, a burst of them is made at once", async () => {
  const limiter = manualLimiter(100);
  const burst = async (): Promise<void> => {
    for (let i = 0; i < 20; i++) await limiter.next({ signal });
  };
  await burst();
  const late = limiter.next({ signal });
  assert.deepEqual(limiter.timers, [50]);
  await limiter.advance(50);
  await late;
  await limiter.advance(1_000);
  await burst();
  assert.deepEqual(limiter.timers, [50]);
});

Deno.test("a read that is cancelled while it waits does not count, and the others wait for the same beat", async () => {
  const limiter = manualLimiter(100);
  for (let i = 0; i < 20; i++) await limiter.next({ signal });
  const cancelled = countedSignal();
  const kept = countedSignal();
  const admitted: number[] = [];
  const waits = [kept, cancelled, kept].map(({ signal }, index) =>
    limiter.next({ signal }).then(() => void admitted.push(index))
  );
  // A thousand more that go: were they counted, the beat after the next one would come after 250 ms.
  const leaving = Array.from({ length: 1_000 }, () => limiter.next(cancelled));
  cancelled.abort(new Error("gone"));
  const ends = await Promise.allSettled(leaving);
  assert.ok(ends.every(({ status }) => status === "rejected"));
  await assert.rejects(async () => await waits[1], { message: "gone" });
  await limiter.advance(50);
  await Promise.all([waits[0], waits[2]]);
  assert.deepEqual(admitted, [0, 2]);
  await limiter.advance(0);
  // What the two have read is used up.
  for (let i = 0; i < 3; i++) await limiter.next({ signal });
  const next = limiter.next({ signal });
  assert.deepEqual(limiter.timers, [50, 50]);
  await limiter.advance(50);
  await next;
  assert.deepEqual([cancelled.listeners(), kept.listeners()], [0, 0]);
});

Deno.test("no timer is left when the last read that waits is cancelled, and none is set for one that is aborted", async () => {
  const limiter = manualLimiter(100);
  for (let i = 0; i < 20; i++) await limiter.next({ signal });
  const cancelled = countedSignal();
  const waits = [limiter.next(cancelled), limiter.next(cancelled)];
  assert.ok(limiter.isTimed());
  cancelled.abort(new Error("gone"));
  for (const wait of waits) await assert.rejects(wait, { message: "gone" });
  assert.ok(!limiter.isTimed());
  await assert.rejects(limiter.next(cancelled), { message: "gone" });
  assert.ok(!limiter.isTimed());
});
