import assert from "#assert";
import { setImmediate } from "node:timers/promises";
import { countedSignal } from "../../tests/support/counted_signal.ts";
import { ticksUntil } from "../../tests/support/ticks.ts";
import { createReadLimiter, type ReadLimiter } from "./read_limiter.ts";

const { signal } = new AbortController();

/** Reads that end when a test says so. */
function reads(limitRead: ReadLimiter, signals: readonly AbortSignal[]): {
  readonly begun: number[];
  readonly ends: ((error?: Error) => void)[];
  readonly results: readonly Promise<number>[];
} {
  const begun: number[] = [];
  const ends: ((error?: Error) => void)[] = [];
  const results = signals.map((signal, index) =>
    limitRead(() => {
      begun.push(index);
      return new Promise<number>((resolve, reject) => {
        ends[index] = (error) => error === undefined ? resolve(index) : reject(error);
      });
    }, { signal })
  );
  return { begun, ends, results };
}

Deno.test("so many reads run at once, in the order in which they were asked for", async () => {
  const { begun, ends, results } = reads(createReadLimiter({ maxReads: 2, slowMs: 3_600_000 }), Array(5).fill(signal));
  await setImmediate();
  assert.deepEqual(begun, [0, 1]);
  ends[1]?.();
  await setImmediate();
  assert.deepEqual(begun, [0, 1, 2]);
  for (const index of [0, 2, 3, 4]) {
    ends[index]?.();
    await setImmediate();
  }
  assert.deepEqual(await Promise.all(results), [0, 1, 2, 3, 4]);
  assert.deepEqual(begun, [0, 1, 2, 3, 4]);
});

Deno.test("after a read that fails, the next one begins", async () => {
  const { begun, ends, results: [first, second] } = reads(createReadLimiter({ maxReads: 1, slowMs: 3_600_000 }), [
    signal,
    signal,
  ]);
  await setImmediate();
  ends[0]?.(new Error("the disk is gone"));
  await assert.rejects(async () => await first, { message: "the disk is gone" });
  await setImmediate();
  assert.deepEqual(begun, [0, 1]);
  ends[1]?.();
  assert.equal(await second, 1);
});

Deno.test("a read that waits for its disk does not keep the others waiting, and counts once when it ends", async () => {
  const { begun, ends, results } = reads(createReadLimiter({ maxReads: 1, slowMs: 1 }), Array(3).fill(signal));
  await ticksUntil("all three have begun", () => begun.length === 3);
  for (const end of ends) end();
  assert.deepEqual(await Promise.all(results), [0, 1, 2]);
});

Deno.test("a read that is cancelled while it waits is not done and leaves its place at once; the others keep their order", async () => {
  const reason = new Error("gone");
  const cancelled = countedSignal();
  const kept = countedSignal();
  const signals = [kept, cancelled, kept, kept].map(({ signal }) => signal);
  const { begun, ends, results: [first, leaving, third, last] } = reads(
    createReadLimiter({ maxReads: 1, slowMs: 3_600_000 }),
    signals,
  );
  await setImmediate();
  let ending: unknown;
  leaving?.catch((error) => ending = error);
  cancelled.abort(reason);
  await setImmediate();
  assert.equal(ending, reason);
  for (const index of [0, 2, 3]) {
    ends[index]?.();
    await setImmediate();
  }
  assert.deepEqual(await Promise.all([first, third, last]), [0, 2, 3]);
  assert.deepEqual(begun, [0, 2, 3]);
  assert.deepEqual([cancelled.listeners(), kept.listeners()], [0, 0]);
});

Deno.test("a read whose signal is aborted before it is asked for is not done, and takes no place", async () => {
  const reason = new Error("gone");
  const limiter = createReadLimiter({ maxReads: 1, slowMs: 3_600_000 });
  await assert.rejects(limiter(() => assert.fail("read"), { signal: AbortSignal.abort(reason) }), reason);
  assert.equal(await limiter(() => Promise.resolve(1), { signal }), 1);
});

// The timer that looks for slow reads would be found by Deno's sanitizer.
Deno.test("no timer is left when the last read that waits is cancelled", async () => {
  const cancelled = countedSignal();
  const { ends, results: [, leaving] } = reads(createReadLimiter({ maxReads: 1, slowMs: 3_600_000 }), [
    signal,
    cancelled.signal,
  ]);
  await setImmediate();
  let ending: unknown;
  leaving?.catch((error) => ending = error);
  cancelled.abort("gone");
  await setImmediate();
  assert.equal(ending, "gone");
  // The first is never told to end: a timer that is set for it alone would wait for an hour.
  assert.equal(ends.length, 1);
});
