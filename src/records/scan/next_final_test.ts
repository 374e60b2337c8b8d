import assert from "#assert";
import { keepingSink, memoryLog } from "../../../tests/support/memory_log.ts";
import { createBlockPool } from "./block_pool.ts";
import { scanLog } from "./log_scan.ts";
import { findNextFinal } from "./next_final.ts";
import type { NextFinal } from "./scan.ts";

const { signal } = new AbortController();
const TIME = "2024-10-01T05:40:46Z";
const LATER = "2024-10-01T05:40:48Z";
const stop = { seconds: 1_727_761_247, nanos: 0 };

/** The next whole message from byte `from` on, and how often the file was read for it. */
async function next(log: string, from: number, blockBytes: number): Promise<NextFinal & { reads: number }> {
  const file = memoryLog(new TextEncoder().encode(log));
  let found: NextFinal | undefined;
  let reads = 0;
  await scanLog(file, { stop }, {
    sink: keepingSink(),
    pool: createBlockPool({ blocks: 1, blockBytes }),
    signal,
    run: async (scan) => {
      const before = file.reads;
      found = await findNextFinal(scan, from);
      reads = file.reads - before;
    },
  });
  assert.ok(found !== undefined);
  return { ...found as NextFinal, reads };
}

Deno.test("findNextFinal() finds the line that closes a message, and whether it lies beyond the stop", async () => {
  const parts = `${TIME} stdout P a\n${TIME} stdout P b\n`;
  for (const [end, beyond] of [[TIME, "within"], [LATER, "beyond"]] as const) {
    const log = `${parts}${end} stdout F c\n${LATER} stdout F d\n`;
    for (const blockBytes of [64, 100, 128, 4096]) {
      const found = await next(log, 0, blockBytes);
      assert.deepEqual([found.from, found.upTo, found.beyond ? "beyond" : "within"], [0, parts.length, beyond]);
    }
  }
});

Deno.test("findNextFinal() takes the line at which it begins", async () => {
  const log = `${TIME} stdout F a\n${LATER} stdout F b\n`;
  const second = log.indexOf(LATER);
  const first = await next(log, 0, 128);
  assert.deepEqual([first.upTo, first.beyond], [0, Boolean(0)]);
  const other = await next(log, second, 128);
  assert.deepEqual([other.from, other.upTo, other.beyond], [second, second, Boolean(1)]);
});

Deno.test("findNextFinal() holds nothing back where no message is closed any more", async () => {
  for (const log of ["", `${LATER} stdout P a\n`, `${LATER} stdout P a`, "junk\n\n{}"]) {
    const found = await next(log, 0, 128);
    assert.deepEqual([found.upTo, found.beyond], [Infinity, Boolean(0)], log);
  }
});

Deno.test("findNextFinal() passes over junk and blank lines, and over lines longer than a block", async () => {
  const between = `\njunk\n${TIME} stdout P ${"x".repeat(1000)}\n${TIME} stdout P ${" stdout F ".repeat(100)}\n${
    "y".repeat(500)
  }\n`;
  const log = `${between}${LATER} stdout F c`;
  for (let blockBytes = 64; blockBytes < 200; blockBytes += 3) {
    const found = await next(log, 0, blockBytes);
    assert.deepEqual([found.upTo, found.beyond], [between.length, Boolean(1)], `blocks of ${blockBytes}`);
  }
});

Deno.test("findNextFinal() takes no text within a long message for a line", async () => {
  const part = `${TIME} stdout P ${`${LATER} stdout F `.repeat(200)}\n`;
  for (let blockBytes = 64; blockBytes < 200; blockBytes++) {
    const found = await next(`${part}${TIME} stdout F end`, 0, blockBytes);
    assert.deepEqual([found.upTo, found.beyond], [part.length, Boolean(0)], `blocks of ${blockBytes}`);
  }
});

Deno.test("findNextFinal() reads each byte ahead once", async () => {
  const parts = `${TIME} stdout P ${"x".repeat(100)}\n`.repeat(1000);
  const { upTo, reads } = await next(`${parts}${LATER} stdout F c`, 0, 4096);
  assert.equal(upTo, parts.length);
  assert.ok(reads < parts.length / 3000, `${reads} reads`);
});
