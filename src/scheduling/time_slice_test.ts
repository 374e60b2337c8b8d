import assert from "#assert";
import { setImmediate } from "node:timers/promises";
import { countedSignal } from "../../tests/support/counted_signal.ts";
import { ticks, ticksUntil } from "../../tests/support/ticks.ts";
import type { WaitOptions } from "./abortable.ts";
import { nextSlice } from "./time_slice.ts";

const { signal } = new AbortController();

Deno.test("callers that ask in one tick go on one in a tick, in their order", async () => {
  await setImmediate();
  const gone: number[] = [];
  const all = Array.from({ length: 50 }, async (_, i) => {
    await nextSlice({ signal });
    gone.push(i);
  });
  await Promise.resolve();
  assert.ok(gone.length <= 1, String(gone.length));
  let most = 0;
  let before = gone.length;
  await ticksUntil("all of them have gone on", () => {
    most = Math.max(most, gone.length - before);
    before = gone.length;
    return gone.length === 50;
  });
  await Promise.all(all);
  assert.ok(most <= 1, String(most));
  assert.deepEqual(gone, Array.from({ length: 50 }, (_, i) => i));
});

Deno.test("where several callers wait, ticks pass between two slices", async () => {
  await setImmediate();
  let gone = 0;
  const all = Array.from({ length: 5 }, () => nextSlice({ signal }).then(() => gone++));
  const counts: number[] = [];
  await ticksUntil("all of them have gone on", () => {
    counts.push(gone);
    return gone === 5;
  });
  await Promise.all(all);
  const between = [1, 2, 3].map((count) => counts.filter((each) => each === count).length);
  assert.ok(Math.min(...between) >= 8, String(counts));
});

Deno.test("a single caller goes on at once", async () => {
  await setImmediate();
  await setImmediate();
  let gone = false;
  const going = nextSlice({ signal }).then(() => gone = true);
  await Promise.resolve();
  assert.ok(gone);
  await going;
});

Deno.test("a caller that is cancelled leaves its place at once: the others go on as if it had not asked", async () => {
  await ticks();
  const reason = new Error("gone");
  const gone: string[] = [];
  const ask = async (name: string, { signal }: WaitOptions): Promise<void> => {
    await nextSlice({ signal });
    gone.push(name);
  };
  const cancelled = countedSignal();
  const kept = countedSignal();
  const first = ask("first", kept);
  // So many that the ticks between their slices would take longer than the test may.
  const leaving = Promise.allSettled(Array.from({ length: 1_000 }, () => ask("cancelled", cancelled)));
  const last = ask("last", kept);
  cancelled.abort(reason);
  await ticks(12);
  assert.deepEqual(gone, ["first", "last"]);
  await Promise.all([first, last]);
  for (const { status } of await leaving) assert.equal(status, "rejected");
  assert.deepEqual([cancelled.listeners(), kept.listeners()], [0, 0]);
});

Deno.test("a caller whose signal is aborted takes no slice, and the next one need not wait for it", async () => {
  await ticks();
  const reason = new Error("gone");
  await assert.rejects(nextSlice({ signal: AbortSignal.abort(reason) }), reason);
  let hasGone = false;
  const going = nextSlice({ signal }).then(() => hasGone = true);
  await Promise.resolve();
  assert.ok(hasGone);
  await going;
});
