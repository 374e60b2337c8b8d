import assert from "#assert";
import type { Found, ScoutTask } from "../../records/scout.ts";
import type { Scouts } from "../../records/scouts.ts";
import { countedScouts } from "./counted_scouts.ts";

const NOTHING = { lines: new Uint8Array(), ends: new Uint32Array(), offsets: new Float64Array() };
const TASK: ScoutTask = { path: "/x", id: "1:2", plan: new Uint8Array(4), from: 100, to: 200 };

/** Scouts of whom each look finds the next of these. */
function scoutsWith(finds: (Found | undefined)[]): Scouts & { isGiven: boolean } {
  return {
    isGiven: false,
    lend(): ReturnType<Scouts["lend"]> {
      return {
        size: 1,
        look: () => Promise.resolve(finds.shift()),
        [Symbol.dispose]: () => void (this.isGiven = true),
      };
    },
    [Symbol.dispose]: () => {},
  };
}

Deno.test("countedScouts() tells how far scouts have come, and nothing where they have not", async () => {
  const told: number[] = [];
  const scouts = scoutsWith([{ ...NOTHING, from: 103, upTo: 207, isAll: true }, undefined]);
  const team = countedScouts(scouts, { add: (bytes) => told.push(bytes), clear: () => {} }).lend();
  assert.equal((await team?.look(TASK))?.upTo, 207);
  assert.equal(await team?.look(TASK), undefined);
  assert.deepEqual(told, [104]);
  team?.[Symbol.dispose]();
  assert(scouts.isGiven);
});

Deno.test("countedScouts() has none to lend where there are none", () => {
  const scouts: Scouts = { lend: () => undefined, [Symbol.dispose]: () => {} };
  assert.equal(countedScouts(scouts, { add: () => {}, clear: () => {} }).lend(), undefined);
});
