import assert from "#assert";
import fs from "node:fs";
import { gzipSync } from "node:zlib";
import { replaced, systemError } from "../../../tests/support/replaced.ts";
import { openGzipLog } from "../../logs/gzip_log.ts";
import { type LogFolders, openLog, type OpenLogFile, resolveRoots, TooManyFilesError } from "../../logs/log_file.ts";
import { contentOf, type KnownContent } from "../../logs/gzipped_copy.ts";
import type { Cursor } from "./cursor.ts";
import { Successors } from "./successors.ts";

const { signal } = new AbortController();
const fileName = "pod_ns_app-0.log";

interface World extends Disposable {
  readonly folders: LogFolders;
  readonly link: string;
  /** Where the log's file is, of which all others are siblings. */
  readonly live: string;
  /** Files under the live one's name and these endings. */
  put(contents: Readonly<Record<string, string>>): void;
  rename(from: string, to: string): void;
  /** Compresses `from` under the name `to`, and removes it, unless it is kept for now. */
  pack(from: string, to: string, options?: { readonly keeps: boolean }): void;
}

function createWorld(name: string): World {
  const root = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "successors-" }));
  const containerLogsDir = `${root}/containers`;
  const live = `${root}/logs/${name}`;
  const link = `${containerLogsDir}/${fileName}`;
  for (const folder of [containerLogsDir, `${root}/logs`]) Deno.mkdirSync(folder);
  Deno.symlinkSync(live, link);
  return {
    folders: { containerLogsDir, roots: resolveRoots([root]) },
    link,
    live,
    put: (contents) => {
      for (const [ending, text] of Object.entries(contents)) Deno.writeTextFileSync(`${live}${ending}`, text);
    },
    rename: (from, to) => Deno.renameSync(`${live}${from}`, `${live}${to}`),
    pack: (from, to, { keeps } = { keeps: false }) => {
      Deno.writeFileSync(`${live}${to}`, gzipSync(Deno.readFileSync(`${live}${from}`)));
      if (!keeps) Deno.removeSync(`${live}${from}`);
    },
    [Symbol.dispose]: () => Deno.removeSync(root, { recursive: true }),
  };
}

/** The successors of the file that the link leads to now, and what was reported of those that cannot be had. */
function successorsIn({ folders, link }: World): { first: OpenLogFile; successors: Successors; gaps: string[] } {
  const gaps: string[] = [];
  const first = openLog(fileName, folders);
  const onGap = (_path: string, reason: string): void => void gaps.push(reason);
  return { first, successors: new Successors(first, { link, fileName, folders, onGap }), gaps };
}

/** What the next files hold; closes them. */
async function next(
  successors: Successors,
  newest: OpenLogFile,
  closed: readonly KnownContent[] = [],
): Promise<string[]> {
  const cursors = successors.open({ newest, held: new Set([newest.id]), closed: () => closed });
  return await Promise.all(cursors.map(textOf));
}

async function textOf({ file, isGzipped }: Cursor): Promise<string> {
  using content = isGzipped ? await openGzipLog(file, { signal }) : file;
  const bytes = new Uint8Array(content.size());
  await content.read(bytes, 0);
  return new TextDecoder().decode(bytes);
}

Deno.test("files that Docker has counted on and compressed are told from those that were seen", async () => {
  using world = createWorld("0-json.log");
  world.put({ "": "a", ".1": "history" });
  const { first, successors, gaps } = successorsIn(world);
  using file = first;
  world.pack(".1", ".2.gz");
  world.rename("", ".1");
  world.put({ "": "b" });
  world.rename(".2.gz", ".3.gz");
  world.pack(".1", ".2.gz");
  world.rename("", ".1");
  world.put({ "": "c" });
  assert.deepEqual(await next(successors, file), ["b", "c"]);
  assert.deepEqual(gaps, []);
});

Deno.test("a file that Docker has compressed and that was not seen before is found by its content", async () => {
  using world = createWorld("0-json.log");
  world.put({ "": "a", ".1": "history" });
  const { first, successors, gaps } = successorsIn(world);
  using file = first;
  world.pack(".1", ".3.gz");
  world.pack("", ".2.gz");
  world.put({ ".1": "b" });
  world.pack(".1", ".1.gz");
  world.put({ "": "c" });
  assert.deepEqual(await next(successors, file), ["b", "c"]);
  assert.deepEqual(gaps, []);
});

Deno.test("a compressed file of Docker's whose original was read and closed is not read again", async () => {
  using world = createWorld("0-json.log");
  world.put({ "": "a" });
  const { first, successors } = successorsIn(world);
  const closed = [contentOf(first)];
  world.rename("", ".1");
  world.put({ "": "b" });
  first[Symbol.dispose]();
  using second = openLog(fileName, world.folders);
  world.pack(".1", ".2.gz");
  await Deno.remove(world.live);
  world.put({ ".1": "c" });
  world.pack(".1", ".1.gz");
  world.put({ "": "d" });
  assert.deepEqual(await next(successors, second, closed), ["c", "d"]);
});

/** A line with its time, of the same length for each time. */
function lineAt(seconds: number): string {
  return `2025-03-04T05:06:${String(seconds).padStart(2, "0")}.000000000Z stdout F line\n`;
}

for (const isOwnThere of [true, false]) {
  const title = `a rotated file with the inode, the size and the time of one that was read is read, ${
    isOwnThere ? "behind" : "without"
  } the file that had the name`;
  Deno.test(title, async () => {
    using world = createWorld("0-json.log");
    const time = new Date();
    world.put({ "": lineAt(2), ".1": lineAt(1) });
    await Deno.utime(`${world.live}.1`, time, time);
    const { first, successors } = successorsIn(world);
    using file = first;
    if (isOwnThere) world.rename("", ".2");
    // The same file is written anew: another one that the file system has made of the same inode.
    world.put({ ".1": lineAt(3), ".new": lineAt(4) });
    await Deno.utime(`${world.live}.1`, time, time);
    world.rename(".new", "");
    assert.deepEqual(await next(successors, file), [lineAt(3), lineAt(4)]);
  });
}

Deno.test("a file that was rotated after the clock had been set back is found before older names", async () => {
  using world = createWorld("0.log");
  world.put({ "": "a", ".20251026-025900": "history" });
  const { first, successors } = successorsIn(world);
  using file = first;
  world.rename("", ".20251026-020100");
  world.put({ ".20251026-020200": "b", "": "c" });
  assert.deepEqual(await next(successors, file), ["b", "c"]);
});

Deno.test("what had the name in a folder that the link has left is found", async () => {
  using world = createWorld("0.log");
  world.put({ "": "a" });
  const { first, successors } = successorsIn(world);
  using file = first;
  world.rename("", ".20251026-020100");
  world.put({ ".20251026-020200": "b", "": "c" });
  const elsewhere = `${world.folders.roots[0]}/elsewhere`;
  await Deno.mkdir(elsewhere);
  await Deno.writeTextFile(`${elsewhere}/0.log.20251026-020000`, "of another log");
  await Deno.writeTextFile(`${elsewhere}/0.log`, "d");
  await Deno.remove(world.link);
  await Deno.symlink(`${elsewhere}/0.log`, world.link);
  assert.deepEqual(await next(successors, file), ["b", "c", "d"]);
});

Deno.test("a file that is compressed between the listing of its name and its opening is opened as its copy", async () => {
  using world = createWorld("0.log");
  world.put({ "": "a" });
  const { first, successors, gaps } = successorsIn(world);
  using file = first;
  world.rename("", ".20251026-020100");
  world.put({ ".20251026-020200": "b", ".20251026-020300": "gone", "": "c" });
  const { lstatSync } = Deno;
  // The last of the names is listed last.
  using _ = replaced(Deno, "lstatSync", (path) => {
    const state = lstatSync(path);
    if (String(path).endsWith("020300")) {
      world.pack(".20251026-020200", ".20251026-020200.gz");
      Deno.removeSync(path);
    }
    return state;
  });
  assert.deepEqual(await next(successors, file), ["b", "c"]);
  assert.deepEqual(gaps, ["it was removed before it was read: 4 bytes"]);
});

Deno.test("a file that a listing has missed while it was compressed is not taken for a new one by the next", async () => {
  using world = createWorld("0.log");
  const seen = ".20251026-020000";
  world.put({ [seen]: "history", "": "a" });
  const { first, successors, gaps } = successorsIn(world);
  using file = first;
  world.rename("", ".20251026-020100");
  world.put({ "": "b" });
  {
    const { lstatSync } = Deno;
    using _ = replaced(Deno, "lstatSync", (path) => {
      if (String(path).includes(seen)) throw new Deno.errors.NotFound();
      return lstatSync(path);
    });
    assert.deepEqual(await next(successors, file), ["b"]);
  }
  world.pack(seen, `${seen}.gz`);
  using second = openLog(fileName, world.folders);
  world.rename("", ".20251026-020200");
  world.put({ "": "c" });
  assert.deepEqual(await next(successors, second), ["c"]);
  assert.deepEqual(gaps, []);
});

Deno.test("without a descriptor left no file is skipped: the next attempt finds them all", async () => {
  using world = createWorld("0.log");
  world.put({ "": "a" });
  const { first, successors, gaps } = successorsIn(world);
  using file = first;
  world.rename("", ".20251026-020100");
  world.put({ ".20251026-020200": "b", ".20251026-020300": "c", "": "d" });
  const { openSync } = fs;
  for (const left of [0, 1, 2]) {
    let opened = 0;
    using _ = replaced(fs, "openSync", (...parameters) => {
      if (opened++ === left) throw systemError("EMFILE");
      return openSync(...parameters);
    });
    await assert.rejects(next(successors, file), TooManyFilesError);
  }
  assert.deepEqual(await next(successors, file), ["b", "c", "d"]);
  assert.deepEqual(gaps, []);
});

for (const isRemoved of [true, false]) {
  const how = isRemoved ? "compressed" : "being compressed";
  Deno.test(`a file that is rotated and ${how} while its predecessors are listed comes once, before those that follow it`, async () => {
    using world = createWorld("0.log");
    world.put({ "": "one" });
    const { first, successors, gaps } = successorsIn(world);
    using _first = first;
    world.rename("", ".20250304-050601");
    world.put({ "": "two" });
    const { readDirSync } = Deno;
    let isFirst = true;
    using _ = replaced(Deno, "readDirSync", (path) => {
      if (isFirst) {
        world.rename("", ".20250304-050602");
        world.put({ "": "three" });
        world.pack(".20250304-050602", ".20250304-050602.gz", { keeps: !isRemoved });
        world.rename("", ".20250304-050603");
        world.put({ "": "four" });
      }
      isFirst = false;
      return readDirSync(path);
    });
    const opened = successors.open({ newest: first, held: new Set([first.id]), closed: () => [] });
    const newest = opened.at(-1)?.file;
    if (newest === undefined) throw new assert.AssertionError({ message: "nothing was opened" });
    const held = new Set([first, ...opened.map(({ file }) => file)].map(({ id }) => id));
    const more = successors.open({ newest, held, closed: () => [] });
    assert.deepEqual(await Promise.all([...opened, ...more].map(textOf)), ["two", "three", "four"]);
    assert.deepEqual(gaps, []);
  });
}

Deno.test("a file whose copy is there before it is gone comes once", async () => {
  using world = createWorld("0.log");
  world.put({ "": "one" });
  const { first, successors, gaps } = successorsIn(world);
  using _first = first;
  world.rename("", ".20250304-050601");
  world.pack(".20250304-050601", ".20250304-050601.gz", { keeps: true });
  world.put({ "": "two" });
  assert.deepEqual(await next(successors, first), ["two"]);
  assert.deepEqual(gaps, []);
});

/** Calls back once, right before a path is opened. */
function beforeOpening(path: string, call: () => void): Disposable {
  const { openSync } = fs;
  let isCalled = false;
  return replaced(fs, "openSync", (...parameters) => {
    if (!isCalled && parameters[0] === path) {
      isCalled = true;
      call();
    }
    return openSync(...parameters);
  });
}

Deno.test("files that Docker counts on between the listing of their names and their opening are all found", async () => {
  for (const [what, names] of [["the whole chain", [".1", ""]], ["a part of the chain", [".1"]]] as const) {
    using world = createWorld("0-json.log");
    world.put({ "": "a" });
    const { first, successors, gaps } = successorsIn(world);
    using file = first;
    await Deno.remove(world.live);
    world.put({ ".1": "b", "": "c" });
    {
      using _ = beforeOpening(`${world.live}.1`, () => {
        for (const name of names) world.rename(name, name === "" ? ".1" : ".2");
        if (names.length === 2) world.put({ "": "d" });
      });
      assert.deepEqual(await next(successors, file), names.length === 2 ? ["b", "c", "d"] : ["b", "c"], what);
    }
    assert.deepEqual(gaps, ["files that came after it may have been removed before they were read"], what);
  }
});

Deno.test("a file of Docker's that was compressed while it was opened is known when it is listed again", async () => {
  using world = createWorld("0-json.log");
  world.put({ "": "a" });
  const { first, successors } = successorsIn(world);
  using file = first;
  world.rename("", ".2");
  world.put({ ".1": "b", "": "c" });
  {
    using _ = beforeOpening(`${world.live}.1`, () => world.pack(".1", ".1.gz"));
    assert.deepEqual(await next(successors, file), ["b", "c"]);
  }
  using second = openLog(fileName, world.folders);
  await Deno.remove(world.live);
  world.rename(".1.gz", ".2.gz");
  world.put({ "": "d" });
  assert.deepEqual(await next(successors, second), ["d"]);
});

const line = (n: number, text: string): string => `2025-03-04T05:06:0${n}Z stdout F ${text}\n`;

Deno.test("files whose names tell no order are found by their times: those that came after the one that was read", async () => {
  for (
    const [one, two, three] of [["-20250301", "-20250302", "-20250303"], [".3", ".2", ".1"], [".old", ".older", "-x"]]
  ) {
    using world = createWorld("0.log");
    world.put({ "-before": line(1, "history"), "": line(2, "a") });
    const { first, successors, gaps } = successorsIn(world);
    using file = first;
    world.rename("", one ?? "");
    world.put({ [two ?? ""]: line(3, "b"), [three ?? ""]: line(4, "c"), "": line(5, "d") });
    world.pack(two ?? "", `${two}.gz`);
    // What was history is not read for being compressed now.
    world.pack("-before", "-before.gz");
    assert.deepEqual(await next(successors, file), [line(3, "b"), line(4, "c"), line(5, "d")]);
    using second = openLog(fileName, world.folders);
    world.rename("", "-last");
    world.put({ "": line(6, "e") });
    world.pack(three ?? "", `${three}.gz`);
    assert.deepEqual(await next(successors, second), [line(6, "e")]);
    assert.deepEqual(gaps, []);
  }
});

Deno.test("while a file has its name, nothing beside it has come after it", async () => {
  using world = createWorld("0-json.log");
  world.put({ "": "a", ".1": "history" });
  const { first, successors } = successorsIn(world);
  using file = first;
  world.pack(".1", ".1.gz");
  const elsewhere = `${world.folders.roots[0]}/elsewhere`;
  await Deno.mkdir(elsewhere);
  await Deno.writeTextFile(`${elsewhere}/0-json.log`, "b");
  await Deno.remove(world.link);
  await Deno.symlink(`${elsewhere}/0-json.log`, world.link);
  assert.deepEqual(await next(successors, file), ["b"]);
});

Deno.test("without a descriptor for the folder no file is skipped", async () => {
  using world = createWorld("0.log");
  world.put({ "": "a" });
  const { first, successors } = successorsIn(world);
  using file = first;
  world.rename("", ".20251026-020100");
  world.put({ ".20251026-020200": "b", "": "c" });
  {
    using _ = replaced(Deno, "readDirSync", () => {
      throw systemError("EMFILE");
    });
    await assert.rejects(next(successors, file), TooManyFilesError);
  }
  assert.deepEqual(await next(successors, file), ["b", "c"]);
});

Deno.test("of a file that was removed before its successors were asked for, all that began after it are found, and a gap is told", async () => {
  using world = createWorld("0.log");
  const line = (minute: number): string => `2026-01-01T00:0${minute}:00Z stdout F ${minute}\n`;
  world.put({ "": line(1), ".20260101-000100": line(0) });
  using first = openLog(fileName, world.folders);
  world.rename("", ".20260101-000200");
  await Deno.remove(`${world.live}.20260101-000200`);
  world.put({ ".20260101-000400": line(3), ".20260101-000500": line(4), "": line(5) });
  const { folders, link } = world;
  const gaps: string[] = [];
  const successors = new Successors(first, { link, fileName, folders, onGap: (_path, reason) => gaps.push(reason) });
  assert.deepEqual(await next(successors, first), [3, 4, 5].map(line));
  assert.deepEqual(gaps, ["files that came after it may have been removed before they were read"]);
});
