import assert from "#assert";
import type { Found, ScanTask } from "../../records/parallel/scan_worker.ts";
import type { WorkerPool } from "../../records/parallel/worker_pool.ts";
import { countedWorkers } from "./counted_workers.ts";

const NOTHING = { lines: new Uint8Array(), ends: new Uint32Array(), offsets: new Float64Array() };
const TASK: ScanTask = { path: "/x", id: "1:2", plan: new Uint8Array(4), from: 100, to: 200 };

/** Scouts of whom each look finds the next of these. */
function scoutsWith(finds: (Found | undefined)[]): WorkerPool & { isGiven: boolean } {
  return {
    isGiven: false,
    lend(): ReturnType<WorkerPool["lend"]> {
      return {
        size: 1,
        scan: () => Promise.resolve(finds.shift()),
        [Symbol.dispose]: () => void (this.isGiven = true),
      };
    },
    [Symbol.dispose]: () => {},
  };
}

Deno.test("countedScouts() tells how far scouts have come, and nothing where they have not", async () => {
  const told: number[] = [];
  const scouts = scoutsWith([{ ...NOTHING, from: 103, upTo: 207, isAll: true }, undefined]);
  const team = countedWorkers(scouts, { add: (bytes) => told.push(bytes), clear: () => {} }).lend();
  assert.equal((await team?.scan(TASK))?.upTo, 207);
  assert.equal(await team?.scan(TASK), undefined);
  assert.deepEqual(told, [104]);
  team?.[Symbol.dispose]();
  assert(scouts.isGiven);
});

Deno.test("countedScouts() has none to lend where there are none", () => {
  const scouts: WorkerPool = { lend: () => undefined, [Symbol.dispose]: () => {} };
  assert.equal(countedWorkers(scouts, { add: () => {}, clear: () => {} }).lend(), undefined);
});
