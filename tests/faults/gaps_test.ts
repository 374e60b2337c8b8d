import assert from "#assert";
import fs from "node:fs";
import type { Authorizer } from "../../src/auth/authorizer.ts";
import { createBlockPool } from "../../src/records/scan/block_pool.ts";
import { services } from "../../src/rpc/descriptor.ts";
import { recordsService } from "../../src/rpc/services/records_service.ts";
import { createCounters } from "../../src/telemetry/counters.ts";
import { runServer } from "../support/agent_server.ts";
import { createLogWorld } from "../support/log_world.ts";
import { replaced } from "../support/replaced.ts";
import { anyLog } from "../support/test_services.ts";

const { StreamForward, StreamBackward } = services.logRecords;

/** Calls `meanwhile` before the n-th read. */
function beforeRead(n: number, meanwhile: () => void): Disposable {
  const { read } = fs as unknown as { read: (...parameters: unknown[]) => void };
  let reads = 0;
  const cutting = (...parameters: unknown[]): void => {
    if (++reads === n) meanwhile();
    read(...parameters);
  };
  return replaced(fs, "read", cutting as unknown as typeof fs.read);
}

Deno.test("a log that is cut under a stream is told: OK with a trailer, a line for the operator, and counters", async () => {
  for (const method of [StreamForward, StreamBackward]) {
    using world = createLogWorld();
    for (let line = 0; line < 20_000; line++) world.write({ padding: 200 });
    const size = fs.statSync(world.path()).size;
    const lines: string[] = [];
    const counters = createCounters();
    await using running = await runServer([
      recordsService({
        callerOf: () => ({}) as never,
        authorizer: { authorizeNamespace: () => Promise.resolve() } as unknown as Authorizer,
        folders: world.folders,
        pool: createBlockPool(),
        counters,
        onGap: (path, reason) => lines.push(`${path}: ${reason}`),
      }),
    ]);
    // The first one or two tell the format.
    using _ = beforeRead(4, () => world.truncate([]));
    const request = {
      ...anyLog,
      namespace: "ns",
      pod_name: "pod",
      container_name: "app",
      container_id: "0".repeat(12),
    };
    const answer = running.client().stream(method, request);
    let records = 0;
    for await (const _record of answer) records++;
    assert.deepEqual(await answer.ending, { code: "OK", details: "OK" });
    assert.deepEqual((await answer.trailers).get("log-gap"), ["0.log"]);
    assert(records > 0 && records < 20_000, `${records} records`);
    const { log_gaps: gaps, log_bytes_lost: lost } = counters.snapshot();
    assert.equal(gaps, 1);
    assert(lost > 0 && lost < size, `${lost} bytes`);
    assert.deepEqual(lines, [`${world.path()}: it was cut: ${lost} of ${size} bytes were not read`]);
  }
});
