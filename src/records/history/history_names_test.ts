import assert from "#assert";
import fs from "node:fs";
import { gzipSync } from "node:zlib";
import { replaced } from "../../../tests/support/replaced.ts";
import { createLogWorld, type LogWorld } from "../../../tests/support/log_world.ts";
import { keepingSink } from "../../../tests/support/memory_log.ts";
import { runWithoutRights } from "../../../tests/support/without_rights.ts";
import { openLog } from "../../logs/log_file.ts";
import { openingOf } from "../../logs/log_opening.ts";
import { createBlockPool } from "../scan/block_pool.ts";
import { historyBackward, historyForward } from "./history.ts";

const pool = createBlockPool({ blockBytes: 64 * 1024 });
const { signal } = new AbortController();

/** Reads the history both ways, which must be the same; returns it, and what was told of each file. */
async function read(world: LogWorld): Promise<{ messages: string[]; gaps: string[] }> {
  using live = openLog(world.fileName, world.folders);
  const told: string[][] = [];
  const read: string[][] = [];
  for (const history of [historyForward, historyBackward]) {
    const gaps: string[] = [];
    const sink = keepingSink();
    const onGap = (path: string, reason: string): void => void gaps.push(`${path.split("/").at(-1)}: ${reason}`);
    await history(live, {}, { pool, signal, folders: world.folders, sink, onGap });
    const messages = sink.records.map(({ message }) => message);
    read.push(history === historyForward ? messages : messages.reverse());
    told.push(gaps.sort());
  }
  assert.deepEqual(read[1], read[0]);
  assert.deepEqual(told[1], told[0]);
  return { messages: read[0] ?? [], gaps: told[0] ?? [] };
}

/** A log that was rotated once for each of the names, oldest first; `.gz` is compressed. */
function worldOf(...names: readonly string[]): LogWorld {
  const world = createLogWorld();
  for (const name of names) {
    for (let line = 0; line < 50; line++) world.write({ padding: 100 });
    world.rotate();
    // Under the name that the world gives: names of the kubelet in the tests are other ones.
    const path = world.rotated().findLast((one) => one.includes(".20250304-")) ?? "";
    put(`${world.path()}${name}`, Deno.readFileSync(path));
    Deno.removeSync(path);
  }
  world.write();
  return world;
}

function put(path: string, content: Uint8Array): void {
  Deno.writeFileSync(path, path.endsWith(".gz") ? gzipSync(content) : content);
}

for (
  const [what, names] of Object.entries({
    "a node's logrotate with a date and seconds": ["-20260221-1771632000.gz", "-20260222-1771718400.gz"],
    "logrotate with a count": [".3.gz", ".2.gz", ".1"],
    "logrotate with a date": ["-20260221.gz", "-20260222"],
    "names that tell the wrong order": [".old", "-20260222.gz", ".1", "-20260221"],
    "other hands between two rotations of the kubelet": [
      ".20200304-050607",
      "-20260221-1771632000.gz",
      ".20200305-050607.gz",
    ],
  })
) {
  Deno.test(`history is read in the order of its times: ${what}`, async () => {
    using world = worldOf(...names);
    const { messages, gaps } = await read(world);
    assert.deepEqual(messages, world.written.slice(0, -1));
    assert.deepEqual(gaps, []);
  });
}

Deno.test("a compressed file is known by its first bytes, whatever its suffix", async () => {
  using world = worldOf("-20260221", ".1");
  for (const suffix of ["-20260221", ".1"]) {
    const path = `${world.path()}${suffix}`;
    await Deno.writeFile(path, gzipSync(await Deno.readFile(path)));
  }
  const { messages, gaps } = await read(world);
  assert.deepEqual(messages, world.written.slice(0, -1));
  assert.deepEqual(gaps, []);
});

Deno.test("what lies beside a log and cannot be read is told once, and the rest is read", async () => {
  using world = worldOf("-20260221", ".1");
  const path = world.path();
  put(`${path}.2.xz`, Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 1, 2, 3));
  put(`${path}.3.zst`, Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 1, 2, 3));
  put(`${path}.notes`, new TextEncoder().encode("nothing that a container wrote\n"));
  put(`${path}.empty`, new Uint8Array());
  put(`${path}.nothing.gz`, new Uint8Array());
  await Deno.writeFile(`${path}-20260222.gz`, gzipSync(await Deno.readFile(`${path}.1`)).subarray(0, 30));
  const { messages, gaps } = await read(world);
  assert.deepEqual(messages, world.written.slice(0, -1));
  assert.deepEqual(gaps, [
    "0.log-20260222.gz: no time is found in it",
    "0.log.2.xz: it is compressed, not by gzip",
    "0.log.3.zst: it is compressed, not by gzip",
    "0.log.notes: no time is found in it",
  ]);
});

Deno.test("a damaged file with another name is read as far as it is sound, and told", async () => {
  using world = worldOf("-20260221.gz", ".1");
  const path = `${world.path()}-20260221.gz`;
  const whole = await Deno.readFile(path);
  await Deno.writeFile(path, whole.subarray(0, whole.length - 8));
  const { messages, gaps } = await read(world);
  assert.deepEqual(messages, world.written.slice(0, -1));
  assert.deepEqual(gaps, ["0.log-20260221.gz: it is damaged, or too long"]);
});

Deno.test("copies of the log and of its history are not read again", async () => {
  using world = worldOf("-20260221", ".1", ".20200304-050607");
  const path = world.path();
  for (const suffix of ["", "-20260221", ".1", ".20200304-050607"]) {
    const content = await Deno.readFile(`${path}${suffix}`);
    put(`${path}${suffix}.bak`, content);
    // One that was made before all of it was written.
    put(`${path}${suffix}_old.gz`, content.subarray(0, content.length >> 1));
  }
  const { messages, gaps } = await read(world);
  assert.deepEqual(messages, world.written.slice(0, -1));
  assert.deepEqual(gaps, []);
});

Deno.test("a log that holds less than a line is like none of its history", async () => {
  using world = worldOf("-20260221", ".1");
  await Deno.writeTextFile(world.path(), "2");
  const { messages, gaps } = await read(world);
  assert.deepEqual(messages, world.written.slice(0, -1));
  assert.deepEqual(gaps, []);
});

Deno.test("logs of other restarts are no history", async () => {
  using world = worldOf(".1");
  const folder = world.path().slice(0, -"0.log".length);
  for (const name of ["1.log", "10.log", "1.log.1", "0.logs", "0.log.2.tmp"]) {
    put(`${folder}${name}`, await Deno.readFile(`${world.path()}.1`));
  }
  assert.deepEqual(await read(world), { messages: world.written.slice(0, -1), gaps: [] });
});

Deno.test("what is copied from a log and cut off after it was opened is not its history", async () => {
  using world = worldOf(".1");
  using live = openLog(world.fileName, world.folders);
  const opening = openingOf(live);
  const path = world.path();
  for (const name of ["-20260301", "-20260302.gz"]) {
    put(`${path}${name}`, await Deno.readFile(path));
    world.truncate([]);
    world.write();
  }
  for (const history of [historyForward, historyBackward]) {
    const sink = keepingSink();
    await history(live, {}, { pool, signal, folders: world.folders, sink, opening });
    const messages = sink.records.map(({ message }) => message);
    assert.deepEqual(history === historyForward ? messages : messages.reverse(), world.written.slice(0, 50));
  }
});

Deno.test("bounds leave out files with other names by their first times", async () => {
  using world = worldOf("-20260221", ".1");
  const path = world.path();
  const early = (await Deno.readTextFile(`${path}-20260221`)).replaceAll("2025-03-04T05", "2025-03-04T03");
  await Deno.writeTextFile(`${path}-20260221`, early);
  const at = (hour: number): { seconds: number; nanos: number } => ({
    seconds: Date.UTC(2025, 2, 4, hour) / 1000,
    nanos: 0,
  });
  for (const history of [historyForward, historyBackward]) {
    for (const [query, wanted] of [[{ stop: at(4) }, [0, 50]], [{ start: at(5) }, [50, 100]]] as const) {
      using live = openLog(world.fileName, world.folders);
      const sink = keepingSink();
      await history(live, query, { pool, signal, folders: world.folders, sink });
      const messages = sink.records.map(({ message }) => message);
      assert.deepEqual(history === historyForward ? messages : messages.reverse(), world.written.slice(...wanted));
    }
  }
});

Deno.test("a start that the live file reaches back to leaves files with other names closed", async () => {
  using world = worldOf("-20260221", ".1");
  put(`${world.path()}.2.xz`, Uint8Array.of(0xfd, 0x37, 0x7a, 0x58));
  const { openSync } = fs;
  let opened = 0;
  using live = openLog(world.fileName, world.folders);
  using _ = replaced(fs, "openSync", (...parameters) => {
    opened++;
    return openSync(...parameters);
  });
  const start = { seconds: Date.UTC(2025, 2, 4, 6) / 1000, nanos: 0 };
  const onGap = (path: string, reason: string): void => assert.fail(`${path}: ${reason}`);
  for (const history of [historyForward, historyBackward]) {
    await history(live, { start }, { pool, signal, folders: world.folders, sink: keepingSink(), onGap });
  }
  assert.equal(opened, 0);
});

Deno.test("a file that may not be read is told with its reason, whatever its name", async () => {
  using world = worldOf("-20260221", ".20200304-050607", ".1");
  const path = world.path();
  for (const suffix of ["-20260221", ".20200304-050607"]) await Deno.chmod(`${path}${suffix}`, 0o000);
  for (
    const folder of [world.folders.containerLogsDir, path.slice(0, -"/0.log".length), world.folders.roots[0] ?? ""]
  ) {
    await Deno.chmod(folder, 0o755);
  }
  const module = (name: string): string => JSON.stringify(import.meta.resolve(name));
  const output = await runWithoutRights(`
    import { openLog } from ${module("../../logs/log_file.ts")};
    import { createBlockPool } from ${module("../scan/block_pool.ts")};
    import { historyForward } from ${module("./history.ts")};
    const folders = ${JSON.stringify(world.folders)};
    const { signal } = new AbortController();
    const gaps = [];
    let records = 0;
    dropRights();
    await historyForward(openLog(${JSON.stringify(world.fileName)}, folders), {}, {
      folders,
      signal,
      pool: createBlockPool(),
      sink: { send: ({ count }) => ((records += count), count), ready: () => Promise.resolve() },
      onGap: (path, reason) => gaps.push(path.split("/").at(-1) + ": " + reason),
    });
    console.log(JSON.stringify({ records, gaps: gaps.sort() }));
  `);
  const refused = (suffix: string): string =>
    `0.log${suffix}: failed to access log file ${path}${suffix}: Permission denied (os error 13)`;
  assert.deepEqual(JSON.parse(output), { records: 50, gaps: ["-20260221", ".20200304-050607"].map(refused) });
});
