import assert from "#assert";
import type { Sample, Sides } from "./measure.ts";
import { check, type Clock, isGood, rowOf, timeChecks } from "./row.ts";

function sample(more: Partial<Sample> = {}): Sample {
  return { rounds: 1, wallMs: 100, cpuMs: 100, peakRssBytes: 50e6, frames: 7, bytes: 70, failures: [], ...more };
}

const plain = { scenario: "s", name: "n" };

Deno.test("check compares with what is allowed at most or demanded at least, the limit included", () => {
  const kept = [check("c", 2, { atMost: 2 }), check("c", 15, { atLeast: 15 })];
  const missed = [check("c", 2.01, { atMost: 2 }), check("c", 14.9, { atLeast: 15 }), check("c", NaN, { atMost: 2 })];
  assert.deepEqual([...kept, ...missed].map(({ met }) => met), [true, true, false, false, false]);
});

Deno.test("timeChecks is the share of the peer's time and of the time before, and none without them", () => {
  const values = (sides: Sides, clock: Clock): readonly (readonly [string, number, boolean])[] =>
    timeChecks(sides, { atMost: 0.5, clock }).map(({ what, value, met }) => [what, value, met]);
  const ours = sample({ wallMs: 30, cpuMs: 60 });
  assert.deepEqual(values({ ours, peer: sample() }, "wall"), [["wall", 0.3, true]]);
  assert.deepEqual(values({ ours, peer: sample(), before: sample({ cpuMs: 50 }) }, "CPU"), [
    ["CPU", 0.6, false],
    ["CPU ÷ before's", 1.2, false],
  ]);
  assert.deepEqual(values({ ours }, "wall"), []);
});

Deno.test("rowOf takes different counts and failed calls for problems, and watches the memory of ours", () => {
  const good = rowOf({ ...plain, sides: { ours: sample(), peer: sample({ peakRssBytes: 900e6 }) }, checks: [] });
  assert(isGood(good));
  const differs = rowOf({ ...plain, sides: { ours: sample({ frames: 6 }), peer: sample() }, checks: [] });
  assert.deepEqual(differs.problems, ["records differ: ours 6, peer 7"]);
  const changed = rowOf({ ...plain, sides: { ours: sample(), before: sample({ frames: 8 }) }, checks: [] });
  assert.deepEqual(changed.problems, ["records differ: ours 7, before 8"]);
  const failed = rowOf({ ...plain, sides: { ours: sample({ failures: ["status 13: x"] }) }, checks: [] });
  assert.deepEqual(failed.problems, ["ours: status 13: x"]);
  const large = rowOf({ ...plain, sides: { ours: sample({ peakRssBytes: 161e6 }) }, checks: [] });
  assert.deepEqual([differs, failed, large].map(isGood), [false, false, false]);
});
