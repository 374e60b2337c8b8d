import assert from "#assert";
import type { Time } from "../../logs/time.ts";
import { keepingSink, memoryLog } from "../../../tests/support/memory_log.ts";
import { createBlockPool } from "./block_pool.ts";
import { scanLog } from "./log_scan.ts";
import { type ByteRange, timeRanges } from "./time_ranges.ts";

const { signal } = new AbortController();
const BASE = 1_727_740_800;
const LINE_BYTES = 64;
const PART_BYTES = 16 * LINE_BYTES;

/** A line of 64 bytes. */
function line(seconds: number): string {
  const time = new Date((BASE + seconds) * 1000).toISOString();
  return `${`${time} stdout F `.padEnd(LINE_BYTES - 1, "x")}\n`;
}

interface Asked {
  readonly start?: number;
  readonly stop?: number;
  readonly linearBytes?: number;
}

/** The ranges of a log, in the order of the direction, and how many bytes were read to tell them. */
async function rangesOf(
  log: string,
  direction: "forward" | "backward",
  { start, stop, linearBytes = 0 }: Asked,
): Promise<{ ranges: ByteRange[]; bytesRead: number }> {
  const bytes = new TextEncoder().encode(log);
  const inner = memoryLog(bytes);
  let bytesRead = 0;
  const file = {
    ...inner,
    read: async (into: Uint8Array, position: number): Promise<number> => {
      const read = await inner.read(into, position);
      bytesRead += read;
      return read;
    },
  };
  const time = (seconds: number | undefined): Time | undefined =>
    seconds === undefined ? undefined : { seconds: BASE + seconds, nanos: 0 };
  const ranges: ByteRange[] = [];
  await scanLog(file, { start: time(start), stop: time(stop) }, {
    sink: keepingSink(),
    pool: createBlockPool({ blocks: 1, blockBytes: 256 }),
    signal,
    run: async (scan) => {
      const options = { direction, linearBytes, minPartBytes: PART_BYTES };
      for await (const range of timeRanges(scan, bytes.length, options)) ranges.push(range);
    },
  });
  return { ranges, bytesRead };
}

/**
 * Asserts that both directions give the same lines, in ranges from starts of lines and without overlap; gives them
 * joined, as numbers of lines.
 */
async function lines(log: string, asked: Asked): Promise<[from: number, to: number][]> {
  const { ranges } = await rangesOf(log, "forward", asked);
  const backward = await rangesOf(log, "backward", asked);
  const joined = joinedOf(log, ranges);
  assert.deepEqual(joinedOf(log, backward.ranges.toReversed()), joined);
  return joined;
}

function joinedOf(log: string, ranges: readonly ByteRange[]): [from: number, to: number][] {
  const joined: [number, number][] = [];
  for (const { from, to } of ranges) {
    assert.ok(from < to);
    assert.ok(from === 0 || log[from - 1] === "\n", `${from} is no start of a line`);
    assert.ok(to === log.length || log[to - 1] === "\n", `${to} is no start of a line`);
    const last = joined.at(-1);
    assert.ok(last === undefined || last[1] * LINE_BYTES <= from);
    if (last !== undefined && last[1] * LINE_BYTES === from) last[1] = to / LINE_BYTES;
    else joined.push([from / LINE_BYTES, to / LINE_BYTES]);
  }
  return joined;
}

/** 640 lines, 10 seconds apart: forty parts. */
const steady = Array.from({ length: 640 }, (_, i) => line(i * 10)).join("");

Deno.test("timeRanges() gives the whole of a log that is small, or has no bounds", async () => {
  assert.deepEqual(await lines(steady, {}), [[0, 640]]);
  assert.deepEqual(await lines(steady, { start: 6000, linearBytes: steady.length }), [[0, 640]]);
  assert.deepEqual((await rangesOf("", "forward", { start: 0 })).ranges.filter(({ from, to }) => from < to), []);
});

Deno.test("timeRanges() leaves out parts that lie before the start or behind the stop by more than a minute", async () => {
  assert.deepEqual(await lines(steady, { start: 3210 }), [[304, 640]]);
  assert.deepEqual(await lines(steady, { stop: 3210 }), [[0, 336]]);
  assert.deepEqual(await lines(steady, { start: 3210, stop: 3210 }), [[304, 336]]);
  assert.deepEqual(await lines(steady, { start: 10_000 }), []);
  assert.deepEqual(await lines(steady, { stop: -100 }), []);
});

Deno.test("timeRanges() begins backward at the end that is wanted, and reads little to find it", async () => {
  const large = Array.from({ length: 64_000 }, (_, i) => line(i)).join("");
  const { ranges, bytesRead } = await rangesOf(large, "backward", { start: 63_990 });
  assert.equal(ranges[0]?.to, large.length);
  assert.ok(bytesRead < large.length * 1.1, `${bytesRead} bytes read of ${large.length}`);
  assert.ok(ranges.every(({ from }) => from > large.length * 0.99));
});

Deno.test("timeRanges() gives every part in which the clock was set back", async () => {
  const stepped = Array.from({ length: 640 }, (_, i) => line(i * 10 - (i > 324 ? 3000 : 0))).join("");
  assert.deepEqual(await lines(stepped, { start: 251, stop: 252 }), [[16, 32], [320, 336]]);
  assert.deepEqual(await lines(stepped, { start: 3235, stop: 3236 }), [[304, 336], [608, 640]]);
});

Deno.test("timeRanges() gives parts whose times cannot be read", async () => {
  const junk = `${"junk".padEnd(LINE_BYTES - 1, ".")}\n`.repeat(1000);
  const log = steady.slice(0, 320 * LINE_BYTES) + junk + steady.slice(320 * LINE_BYTES);
  const [first, second, ...others] = await lines(log, { start: 6000 });
  assert.deepEqual(others, []);
  assert.ok(first !== undefined && first[0] <= 320 && first[1] > 900, `${first}`);
  assert.ok(second !== undefined && second[0] > 1570 && second[0] < 1600 && second[1] === 1640, `${second}`);
});

Deno.test("timeRanges() moves cuts over lines that are longer than a sample", async () => {
  const long = `${line(3200).trimEnd()}${"y".repeat(100 * 1024)}\n`;
  const log = steady.slice(0, 320 * LINE_BYTES) + long + steady.slice(320 * LINE_BYTES);
  const { ranges } = await rangesOf(log, "forward", { start: 3200, stop: 3200 });
  const at = 320 * LINE_BYTES;
  assert.ok(ranges.some(({ from, to }) => from <= at && to > at), JSON.stringify(ranges));
  for (const { from } of ranges) assert.ok(from === 0 || log[from - 1] === "\n");
});

Deno.test("timeRanges() joins parts side by side, of ever more cuts, so that a long range is read as one", async () => {
  const asked = { start: 0, stop: 6400 };
  const { ranges } = await rangesOf(steady, "forward", asked);
  assert.deepEqual(ranges.map(({ from, to }) => (to - from) / PART_BYTES), [15, 25]);
  const backward = await rangesOf(steady, "backward", asked);
  assert.deepEqual(backward.ranges.map(({ from, to }) => (to - from) / PART_BYTES), [15, 25]);
});

Deno.test("timeRanges() takes a last line that is not closed", async () => {
  const open = steady.slice(0, -1);
  const { ranges } = await rangesOf(open, "forward", { start: 6390 });
  assert.equal(ranges.at(-1)?.to, open.length);
});
