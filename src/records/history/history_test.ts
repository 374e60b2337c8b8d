import assert from "#assert";
import fs from "node:fs";
import { constants, gunzipSync, gzipSync } from "node:zlib";
import { eventually } from "../../../tests/support/eventually.ts";
import { createLogWorld, type LogWorld } from "../../../tests/support/log_world.ts";
import { keepingSink } from "../../../tests/support/memory_log.ts";
import { replaced } from "../../../tests/support/replaced.ts";
import { openLog } from "../../logs/log_file.ts";
import { createBlockPool } from "../scan/block_pool.ts";
import { historyBackward, historyForward, type HistoryOptions } from "./history.ts";
import type { RecordQuery } from "../query.ts";
import { streamBackward } from "../scan/backward.ts";
import { streamForward } from "../scan/forward.ts";

const pool = createBlockPool({ blockBytes: 64 * 1024 });
const { signal } = new AbortController();

interface Read {
  readonly forward: string[];
  readonly backward: string[];
  readonly gaps: string[];
}

async function read(
  world: LogWorld,
  query: RecordQuery = {},
  more: Pick<HistoryOptions, "maxGunzippedBytes"> = {},
): Promise<Read> {
  const gaps: string[] = [];
  const onGap = (_path: string, reason: string): void => void gaps.push(reason);
  const forward = keepingSink();
  const backward = keepingSink();
  const options = { ...more, pool, signal, folders: world.folders, onGap };
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

for (
  const [what, copy] of [
    ["an empty", () => new Uint8Array()],
    ["half a", (text: Uint8Array) => gzipSync(text).subarray(0, 700)],
    ["a whole", (text: Uint8Array) => gzipSync(text)],
  ] as const
) {
  Deno.test(`of a file and ${what} compressed copy the file is read, once`, async () => {
    using world = rotatedWorld(2);
    for (const path of world.rotated()) await Deno.writeFile(`${path}.gz`, copy(await Deno.readFile(path)));
    const { forward, backward, gaps } = await read(world);
    assert.deepEqual(forward, world.written);
    assert.deepEqual(backward, world.written);
    assert.deepEqual(gaps, []);
  });
}

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

Deno.test("a page backwards opens no older file than it needs", async () => {
  using world = rotatedWorld(4);
  world.compress();
  const rotated = world.rotated();
  for (const wanted of [300, 700, 1000, 1700]) {
    const opened = new Set<string>();
    const { openSync } = fs;
    using _ = replaced(fs, "openSync", (...parameters) => {
      opened.add(String(parameters[0]));
      return openSync(...parameters);
    });
    const page = new AbortController();
    const sink = keepingSink({
      batchRows: 100,
      onBatch: () => {
        if (sink.records.length >= wanted) page.abort(new Error("enough"));
      },
    });
    const options = { pool, signal: page.signal, folders: world.folders, sink };
    using file = openLog(world.fileName, world.folders);
    await assert.rejects(async () => {
      await streamBackward(file, {}, options);
      await historyBackward(file, {}, options);
    }, /enough/);
    assert.deepEqual(sink.records.map(({ message }) => message), world.written.slice(-wanted).reverse());
    // Each file has 400 records; one that is asked for at its end is the next one's business.
    const needed = rotated.slice(rotated.length - Math.floor((wanted - 1) / 400));
    assert.deepEqual([...opened].sort(), [world.path(), ...needed].sort(), `${wanted} records`);
  }
});

Deno.test("of a compressed file that holds more than the cap, what lies below it is sent, and it is told", async () => {
  using world = rotatedWorld(2);
  const [path = ""] = world.rotated();
  // 180 KB that hold 32 MiB.
  const text = await Deno.readTextFile(path);
  const line = text.slice(0, text.indexOf("\n") + 1);
  const bomb = gzipSync(line.repeat(32 * 1024 * 1024 / line.length));
  assert(bomb.length < 256 * 1024, `${bomb.length} bytes`);
  await Deno.writeFile(`${path}.gz`, bomb);
  await Deno.remove(path);
  const maxGunzippedBytes = 1000 * line.length;
  const { forward, backward, gaps } = await read(world, {}, { maxGunzippedBytes });
  assert.equal(forward.length, 1800);
  assert.deepEqual(forward, [...Array(1000).fill(world.written[0]), ...world.written.slice(400)]);
  assert.deepEqual(backward, forward);
  assert.deepEqual(gaps, ["it is damaged, or too long", "it is damaged, or too long"]);
});

Deno.test("clients that take nothing of gzipped history do not keep others from theirs", async () => {
  using world = rotatedWorld(3);
  world.compress();
  const stalled = new AbortController();
  const taken = Promise.withResolvers<void>();
  let waiting = 0;
  const streams = Array.from({ length: 20 }, async (_, at) => {
    const sink = {
      ...keepingSink({ batchRows: 10 }),
      ready: () => {
        waiting++;
        return taken.promise;
      },
    };
    using file = openLog(world.fileName, world.folders);
    const history = at % 2 === 0 ? historyForward : historyBackward;
    await history(file, {}, { pool, signal: stalled.signal, folders: world.folders, sink });
  });
  await eventually("all streams wait for their clients", () => waiting === streams.length);
  const reading = read(world);
  const deadline = AbortSignal.timeout(60_000);
  const late = new Promise<never>((_, reject) => {
    deadline.addEventListener("abort", () => reject(new Error("Not within 60 s: the history is read")));
  });
  assert.deepEqual((await Promise.race([reading, late])).backward, world.written);
  stalled.abort(new Error("gone"));
  taken.resolve();
  assert.deepEqual([...new Set((await Promise.allSettled(streams)).map(({ status }) => status))], ["rejected"]);
});

Deno.test("of a damaged gzipped file every whole line before the damage is sent, both ways", async () => {
  using world = rotatedWorld(2);
  world.compress();
  const [gz = ""] = world.rotated();
  const bytes = await Deno.readFile(gz);
  const cut = bytes.subarray(0, bytes.length - 100);
  await Deno.writeFile(gz, cut);
  const sound = gunzipSync(cut, { finishFlush: constants.Z_SYNC_FLUSH }).toString();
  const lines = sound.split("\n").length - 1;
  assert(lines > 350 && lines < 400, `${lines}`);
  const { forward, backward } = await read(world);
  for (const got of [forward, backward]) assert.deepEqual(got.slice(0, lines), world.written.slice(0, lines));
});

Deno.test("a log that was rotated and compressed while it was read is not read again as its own history", async () => {
  using world = rotatedWorld(1);
  using file = openLog(world.fileName, world.folders);
  const before = [...world.written];
  for (let rotation = 0; rotation < 3; rotation++) {
    world.rotate();
    world.write();
  }
  world.compress();
  for (const direction of [historyForward, historyBackward]) {
    const sink = keepingSink();
    await direction(file, {}, { pool, signal, folders: world.folders, sink });
    const got = sink.records.map(({ message }) => message);
    assert.deepEqual(direction === historyForward ? got : got.reverse(), before.slice(0, 400));
  }
});

Deno.test("a log that is being compressed while it is read is not read again as its own history", async () => {
  using world = rotatedWorld(1);
  using file = openLog(world.fileName, world.folders);
  const before = [...world.written];
  world.rotate();
  world.write();
  // The copy has its name, and what it was made of is there still.
  const rotated = world.rotated().at(-1) ?? "";
  await Deno.writeFile(`${rotated}.gz`, gzipSync(await Deno.readFile(rotated)));
  const sink = keepingSink();
  await historyForward(file, {}, { pool, signal, folders: world.folders, sink });
  assert.deepEqual(sink.records.map(({ message }) => message), before.slice(0, 400));
});

Deno.test("a rotated file without a record does not put the history out of order", async () => {
  using world = rotatedWorld(3);
  const [first = "", second = "", third = ""] = world.rotated();
  await Deno.writeTextFile(second, "");
  const base = first.slice(0, first.lastIndexOf("."));
  await Deno.rename(first, `${base}.20251026-025900`);
  await Deno.rename(third, `${base}.20251026-020100`);
  await Deno.rename(second, `${base}.20251026-020200`);
  for (const [at, name] of ["025900", "020200", "020100"].entries()) {
    await Deno.utime(`${base}.20251026-${name}`, 1000 * (at + 1), 1000 * (at + 1));
  }
  const { forward, backward } = await read(world);
  const expected = world.written.filter((_, at) => at < 400 || at >= 800);
  assert.deepEqual(forward, expected);
  assert.deepEqual(backward, expected);
});
