import assert from "#assert";
import { keepingSink, memoryLog } from "../../../tests/support/memory_log.ts";
import { createBlockPool } from "./block_pool.ts";
import { sendAtHand } from "./forward.ts";
import { openScan } from "./log_scan.ts";

const { signal } = new AbortController();
const LINES = ["one", "two", "three"].map((text, n) => `2026-01-01T00:00:0${n}.000000001Z stdout F ${text}\n`);
const bytes = new TextEncoder().encode(`${LINES.join("")}2026-01-01T00:00:03.0000`);
const wholeBytes = LINES.join("").length;

Deno.test("lines at hand are sent in as many batches as they take, as far as they are whole", async () => {
  for (const batchRows of [1, 2, 10]) {
    const sink = keepingSink({ batchRows });
    const log = await openScan(memoryLog(bytes), {}, { sink, pool: createBlockPool({ blocks: 1 }), signal });
    assert.equal(await sendAtHand(log, bytes, 0), wholeBytes);
    assert.deepEqual(sink.records.map(({ message }) => message), ["one", "two", "three"]);
  }
});

Deno.test("lines at hand are left to be read where there is no block for them, or they do not fit into one", async () => {
  const sink = keepingSink();
  const pool = createBlockPool({ blocks: 1 });
  const log = await openScan(memoryLog(bytes), {}, { sink, pool, signal });
  using lent = await pool.take({ signal });
  assert.equal(await sendAtHand(log, bytes, 0), 0);
  lent[Symbol.dispose]();
  const small = createBlockPool({ blocks: 1, blockBytes: wholeBytes - 1 });
  assert.equal(await sendAtHand({ ...log, pool: small }, bytes, 0), 0);
  assert.deepEqual(sink.records, []);
  assert.equal(await sendAtHand(log, bytes, 0), wholeBytes);
});

Deno.test("lines at hand that are no records are counted, and done with", async () => {
  const sink = keepingSink();
  const log = await openScan(memoryLog(bytes), {}, { sink, pool: createBlockPool({ blocks: 1 }), signal });
  const noise = new TextEncoder().encode(`noise\n${LINES.join("")}`);
  assert.equal(await sendAtHand(log, noise, 0), noise.length);
  assert.deepEqual([sink.records.length, log.scan.skippedLines], [3, 1]);
});
