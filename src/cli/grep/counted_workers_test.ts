import assert from "#assert";
import type { Found, ScanTask } from "../../records/parallel/scan_worker.ts";
import type { WorkerPool } from "../../records/parallel/worker_pool.ts";
import { countedWorkers } from "./counted_workers.ts";

const NOTHING = { lines: new Uint8Array(), ends: new Uint32Array(), offsets: new Float64Array(), tried: 0 };
const TASK: ScanTask = {
  path: "/x",
  id: "1:2",
  plan: new Uint8Array(4),
  required: new Uint8Array(4),
  from: 100,
  to: 200,
};

/** Workers; each of their scans finds the next of these. */
function workersWith(finds: (Found | undefined)[]): WorkerPool & { isGiven: boolean } {
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

Deno.test("countedWorkers() adds what workers scan to the progress, and nothing where they cannot scan", async () => {
  const told: number[] = [];
  const workers = workersWith([{ ...NOTHING, from: 103, upTo: 207, isAll: true }, undefined]);
  const lent = countedWorkers(workers, { add: (bytes) => told.push(bytes), clear: () => {} }).lend();
  assert.equal((await lent?.scan(TASK))?.upTo, 207);
  assert.equal(await lent?.scan(TASK), undefined);
  assert.deepEqual(told, [104]);
  lent?.[Symbol.dispose]();
  assert(workers.isGiven);
});

Deno.test("countedWorkers() has none to lend where there are none", () => {
  const workers: WorkerPool = { lend: () => undefined, [Symbol.dispose]: () => {} };
  assert.equal(countedWorkers(workers, { add: () => {}, clear: () => {} }).lend(), undefined);
});
