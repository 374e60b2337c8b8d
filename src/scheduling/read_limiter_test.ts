import assert from "#assert";
import { eventually } from "../../tests/support/eventually.ts";
import { setImmediate } from "node:timers/promises";
import { createReadLimiter } from "./read_limiter.ts";

/** Reads that end when they are told to. */
function reads(inTurn: <T>(read: () => Promise<T>) => Promise<T>, count: number): {
  readonly begun: number[];
  readonly ends: ((error?: Error) => void)[];
  readonly results: readonly Promise<number>[];
} {
  const begun: number[] = [];
  const ends: ((error?: Error) => void)[] = [];
  const results = Array.from({ length: count }, (_, index) =>
    inTurn(() => {
      begun.push(index);
      return new Promise<number>((resolve, reject) => {
        ends[index] = (error) => error === undefined ? resolve(index) : reject(error);
      });
    }));
  return { begun, ends, results };
}

Deno.test("of many reads so many are under way at once, in their order", async () => {
  const { begun, ends, results } = reads(createReadLimiter({ max: 2, slowMs: 3_600_000 }), 5);
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

Deno.test("a read that fails gives its turn to the next one", async () => {
  const { begun, ends, results: [first, second] } = reads(createReadLimiter({ max: 1, slowMs: 3_600_000 }), 2);
  await setImmediate();
  ends[0]?.(new Error("the disk is gone"));
  await assert.rejects(async () => await first, { message: "the disk is gone" });
  await setImmediate();
  assert.deepEqual(begun, [0, 1]);
  ends[1]?.();
  assert.equal(await second, 1);
});

Deno.test("a read that waits for its disk does not keep the others waiting, and counts once when it ends", async () => {
  const { begun, ends, results } = reads(createReadLimiter({ max: 1, slowMs: 1 }), 3);
  await eventually("three reads have begun", () => begun.length === 3);
  for (const end of ends) end();
  assert.deepEqual(await Promise.all(results), [0, 1, 2]);
});
