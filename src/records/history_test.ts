import assert from "#assert";
import { gzipSync } from "node:zlib";
import { createLogWorld, type LogWorld } from "../../tests/support/log_world.ts";
import { keepingSink } from "../../tests/support/memory_log.ts";
import { openLog } from "../logs/log_file.ts";
import { createBlockPool } from "./block_pool.ts";
import { historyBackward, historyForward } from "./history.ts";
import type { RecordQuery } from "./query.ts";
import { streamBackward } from "./backward.ts";
import { streamForward } from "./forward.ts";

const pool = createBlockPool({ blockBytes: 64 * 1024 });
const { signal } = new AbortController();

interface Read {
  readonly forward: string[];
  readonly backward: string[];
  readonly gaps: string[];
}

async function read(world: LogWorld, query: RecordQuery = {}): Promise<Read> {
  const gaps: string[] = [];
  const onGap = (_path: string, reason: string): void => void gaps.push(reason);
  const forward = keepingSink();
  const backward = keepingSink();
  const options = { pool, signal, folders: world.folders, onGap };
  using file = openLog(world.fileName, world.folders);
  await historyForward(file, query, { ...options, sink: forward });
  await streamForward(file, query, { ...options, sink: forward });
  await streamBackward(file, query, { ...options, sink: backward });
  await historyBackward(file, query, { ...options, sink: backward });
  const messages = ({ records }: typeof forward): string[] => records.map(({ message }) => message);
  return { forward: messages(forward), backward: messages(backward).reverse(), gaps };
}

/** A log that was rotated so many times. */
function rotatedWorld(rotations: number): LogWorld {
  const world = createLogWorld();
  for (let rotation = 0; rotation <= rotations; rotation++) {
    if (rotation > 0) world.rotate();
    for (let line = 0; line < 400; line++) world.write({ padding: 200 });
  }
  return world;
}

Deno.test("history of plain and compressed files is read once and in order, both ways", async () => {
  using world = rotatedWorld(4);
  world.compress();
  assert.equal(world.rotated().filter((path) => path.endsWith(".gz")).length, 3);
  const { forward, backward, gaps } = await read(world);
  assert.deepEqual(forward, world.written);
  assert.deepEqual(backward, world.written);
  assert.deepEqual(gaps, []);
});

Deno.test("a file beside its compressed copy, and a copy that is being made, are no history", async () => {
  using world = rotatedWorld(2);
  const [oldest = "", newest = ""] = world.rotated();
  await Deno.writeFile(`${oldest}.gz`, gzipSync(await Deno.readFile(oldest)));
  await Deno.writeFile(`${newest}.tmp`, gzipSync(await Deno.readFile(newest)).subarray(0, 100));
  const { forward, backward } = await read(world);
  assert.deepEqual(forward, world.written);
  assert.deepEqual(backward, world.written);
});

for (
  const [fault, change] of [
    ["cut short", (gz: Uint8Array) => gz.subarray(0, gz.length >> 1)],
    ["with a wrong CRC", (gz: Uint8Array) => gz.with(gz.length - 6, (gz.at(-6) ?? 0) ^ 0xff)],
    ["with garbage behind it", (gz: Uint8Array) => Uint8Array.from([...gz, ...new TextEncoder().encode("garbage")])],
  ] as const
) {
  Deno.test(`of a compressed file ${fault} what can be read is sent, and the stream goes on`, async () => {
    using world = rotatedWorld(2);
    world.compress();
    const [gz = ""] = world.rotated();
    await Deno.writeFile(gz, change(await Deno.readFile(gz)));
    const { forward, backward, gaps } = await read(world);
    assert.deepEqual(backward, forward);
    assert(forward.length > 850, `${forward.length} records`);
    assert.deepEqual(forward.slice(-800), world.written.slice(-800));
    assert.deepEqual(forward.slice(0, 50), world.written.slice(0, 50));
    assert.deepEqual(gaps, ["it is damaged, or too long", "it is damaged, or too long"]);
  });
}

Deno.test("a compressed file of several members is read as one", async () => {
  using world = rotatedWorld(2);
  world.compress();
  const [gz = ""] = world.rotated();
  const content = await Deno.readTextFile(world.rotated()[1] ?? "");
  const half = content.indexOf("\n", content.length >> 1) + 1;
  const members = [gzipSync(content.slice(0, half)), gzipSync(content.slice(half))];
  await Deno.writeFile(gz, Uint8Array.from(members.flatMap((member) => [...member])));
  const { forward, gaps } = await read(world);
  assert.deepEqual(gaps, []);
  assert.deepEqual(forward.slice(0, 400), world.written.slice(400, 800));
});

Deno.test("names that an hour set back has put out of order do not put the history out of order", async () => {
  using world = rotatedWorld(2);
  const [first = "", second = ""] = world.rotated();
  // The older one was rotated before the hour was set back.
  const base = first.slice(0, first.lastIndexOf("."));
  await Deno.rename(first, `${base}.20251026-025900`);
  await Deno.rename(second, `${base}.20251026-020100`);
  await Deno.utime(`${base}.20251026-025900`, 1000, 1000);
  await Deno.utime(`${base}.20251026-020100`, 2000, 2000);
  const { forward, backward } = await read(world);
  assert.deepEqual(forward, world.written);
  assert.deepEqual(backward, world.written);
});

Deno.test("a start that the live file reaches back to leaves the rotated files closed", async () => {
  using world = rotatedWorld(2);
  for (const path of world.rotated()) await Deno.writeTextFile(path, "");
  const path = world.path();
  await Deno.writeTextFile(path, (await Deno.readTextFile(path)).replaceAll("T05:06:07", "T06:06:07"));
  for (const path of world.rotated()) {
    await Deno.remove(path);
    await Deno.writeTextFile(`${path}.gz`, "no gzip at all");
  }
  const start = { seconds: Date.UTC(2025, 2, 4, 6, 6, 7) / 1000, nanos: 0 };
  assert.equal((await read(world)).gaps.length, 4);
  const bounded = await read(world, { start: { ...start, seconds: start.seconds + 61 } });
  assert.deepEqual(bounded, { forward: [], backward: [], gaps: [] });
});
