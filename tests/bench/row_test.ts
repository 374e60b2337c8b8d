import assert from "#assert";
import type { Sample } from "./measure.ts";
import { check, isGood, rowOf, wallCheck } from "./row.ts";

function sample(more: Partial<Sample> = {}): Sample {
  return { rounds: 1, wallMs: 100, cpuMs: 100, peakRssBytes: 50e6, frames: 7, bytes: 70, failures: [], ...more };
}

const plain = { scenario: "s", name: "n" };

Deno.test("check compares with what is allowed at most or demanded at least, the limit included", () => {
  const kept = [check("c", 2, { atMost: 2 }), check("c", 15, { atLeast: 15 })];
  const missed = [check("c", 2.01, { atMost: 2 }), check("c", 14.9, { atLeast: 15 }), check("c", NaN, { atMost: 2 })];
  assert.deepEqual([...kept, ...missed].map(({ met }) => met), [true, true, false, false, false]);
});

Deno.test("wallCheck is the share of the peer's time, and none without the peer", () => {
  assert.deepEqual(wallCheck({ ours: sample({ wallMs: 30 }), peer: sample() }, 0.5).map(({ value }) => value), [0.3]);
  assert.deepEqual(wallCheck({ ours: sample() }, 0.5), []);
});

Deno.test("rowOf takes different counts and failed calls for problems, and watches the memory of ours", () => {
  const good = rowOf({ ...plain, sides: { ours: sample(), peer: sample({ peakRssBytes: 900e6 }) }, checks: [] });
  assert(isGood(good));
  const differs = rowOf({ ...plain, sides: { ours: sample({ frames: 6 }), peer: sample() }, checks: [] });
  assert.deepEqual(differs.problems, ["records differ: ours 6, peer 7"]);
  const failed = rowOf({ ...plain, sides: { ours: sample({ failures: ["status 13: x"] }) }, checks: [] });
  assert.deepEqual(failed.problems, ["ours: status 13: x"]);
  const large = rowOf({ ...plain, sides: { ours: sample({ peakRssBytes: 161e6 }) }, checks: [] });
  assert.deepEqual([differs, failed, large].map(isGood), [false, false, false]);
});
