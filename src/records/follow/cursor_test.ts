import assert from "#assert";
import { withCalls } from "../../../tests/support/called_file.ts";
import { createLogWorld } from "../../../tests/support/log_world.ts";
import { keepingSink } from "../../../tests/support/memory_log.ts";
import { openLog } from "../../logs/log_file.ts";
import { createBlockPool } from "../scan/block_pool.ts";
import { Cursor, type CursorState } from "./cursor.ts";

const pool = createBlockPool({ blockBytes: 4096 });
const { signal } = new AbortController();

/** A cursor behind the first line of a log of its own, to which a second line is written then. */
interface CursorWorld extends AsyncDisposable {
  readonly cursor: Cursor;
  readonly path: string;
  truncate(): void;
}

function cursorWorld(afterCall: () => void = () => {}): CursorWorld {
  const world = createLogWorld();
  world.write({ padding: 100 });
  const cursor = new Cursor(withCalls(openLog(world.fileName, world.folders), afterCall));
  cursor.moveTo(cursor.file.size());
  world.write();
  return {
    cursor,
    path: world.path(),
    truncate: () => world.truncate([]),
    [Symbol.asyncDispose]: async () => {
      await cursor[Symbol.asyncDispose]();
      world[Symbol.dispose]();
    },
  };
}

/** Asks for the size, as a follow does before it reads. */
function sizeOf(cursor: Cursor): number {
  const size = cursor.checkSize();
  if (size === undefined) throw new Error("The file was cut");
  return size;
}

Deno.test("bytes that were read with the size are not read from the file again, and are sure", async () => {
  let calls = 0;
  await using written = cursorWorld(() => calls++);
  const { cursor } = written;
  const size = sizeOf(cursor);
  const expected = new Uint8Array(size - cursor.offset);
  cursor.file.peek(expected, cursor.offset);
  calls = 0;
  const into = new Uint8Array(1024);
  const file = cursor.tail.before(cursor.file);
  assert.equal(await file.read(into, cursor.offset), expected.length);
  assert.deepEqual(into.subarray(0, expected.length), expected);
  assert.equal(file.peek?.(into.subarray(0, 5), size - 3), 3);
  assert.deepEqual([cursor.tail.isSure, file.id], [true, undefined]);
  cursor.moveTo(size);
  assert.equal(calls, 0);
  assert.deepEqual([cursor.offset, cursor.marker.length, cursor.isIntact()], [size, 64, true]);
});

Deno.test("once these bytes are forgotten, the file is read, and is not sure", async () => {
  for (const method of ["read", "peek"] as const) {
    await using written = cursorWorld();
    const { cursor } = written;
    sizeOf(cursor);
    cursor.tail.forget();
    written.truncate();
    const file = cursor.tail.before(cursor.file);
    assert.equal(await file[method]?.(new Uint8Array(1024), cursor.offset), 0);
    assert.deepEqual([cursor.tail.isSure, cursor.isIntact(), file.id], [false, false, cursor.file.id]);
  }
});

Deno.test("two cursors keep bytes of their own", async () => {
  await using one = cursorWorld();
  await using other = cursorWorld();
  const sizes = [one, other].map(({ cursor }) => sizeOf(cursor));
  for (const [n, { cursor, truncate }] of [one, other].entries()) {
    truncate();
    const read = await cursor.tail.before(cursor.file).read(new Uint8Array(1024), cursor.offset);
    assert.equal(read, (sizes[n] ?? 0) - cursor.offset);
    assert(cursor.tail.isSure);
  }
});

Deno.test("a file that was written anew and is longer now is known by its start, and by what was before the offset", async () => {
  for (const changed of ["start", "end", "rest"] as const) {
    await using written = cursorWorld();
    const { cursor, path } = written;
    const content = await Deno.readFile(path);
    const at = { start: 3, end: cursor.offset - 3, rest: cursor.offset + 3 }[changed];
    await Deno.writeFile(path, content.with(at, 0x7e));
    assert.equal(cursor.checkSize() === undefined, changed !== "rest");
  }
});

/** Brings a cursor that is `reading` into each state. */
const INTO: Readonly<Record<CursorState, (written: CursorWorld) => Promise<Cursor> | Cursor>> = {
  reading: ({ cursor }) => cursor,
  skipping: ({ cursor }) => {
    cursor.moveToEnd(cursor.offset + 5);
    return cursor;
  },
  cut: ({ cursor, truncate }) => {
    truncate();
    assert.equal(cursor.checkSize(), undefined);
    return cursor;
  },
  gzipped: ({ cursor }) => cursor.inCopy(cursor.file, { isGzipped: true }),
  closed: async ({ cursor }) => {
    await cursor[Symbol.asyncDispose]();
    return cursor;
  },
};

const sink = keepingSink();
const scan = { sink, pool, signal };

/** What can be done with a cursor, and the states in which that is legal. */
const METHODS: Readonly<
  Record<string, { readonly legal: readonly CursorState[]; readonly call: (cursor: Cursor) => unknown }>
> = {
  moveTo: { legal: ["reading", "skipping"], call: (cursor) => cursor.moveTo(cursor.offset) },
  moveToEnd: { legal: ["reading", "skipping"], call: (cursor) => cursor.moveToEnd() },
  isReady: { legal: ["reading", "skipping"], call: (cursor) => cursor.isReady(0, { pool, signal, lastLine: "left" }) },
  read: { legal: ["reading", "skipping"], call: (cursor) => cursor.read(sink, () => Promise.resolve(cursor.offset)) },
  openScan: { legal: ["reading", "skipping"], call: (cursor) => cursor.openScan({}, scan) },
  resume: { legal: ["reading", "skipping"], call: (cursor) => cursor.resume(cursor.progress()) },
  takeOver: { legal: ["reading", "skipping", "cut"], call: (cursor) => cursor.takeOver(cursor) },
  checkSize: { legal: ["reading", "skipping", "cut"], call: (cursor) => cursor.checkSize() },
  inCopy: { legal: ["reading", "skipping", "cut"], call: (cursor) => cursor.inCopy(cursor.file) },
  restart: { legal: ["cut"], call: (cursor) => cursor.restart() },
  contentSink: { legal: ["gzipped"], call: (cursor) => cursor.contentSink(sink) },
};

for (const [state, into] of Object.entries(INTO)) {
  Deno.test(`a cursor that is ${state} does what is legal then, and throws at the rest`, async () => {
    for (const [name, { legal, call }] of Object.entries(METHODS)) {
      await using written = cursorWorld();
      const cursor = await into(written);
      assert.equal(cursor.state, state);
      const called = Promise.try(() => call(cursor));
      if (legal.some((one) => one === state)) await called;
      else await assert.rejects(called, { name: "RangeError", message: RegExp(`: the cursor is ${state}$`) }, name);
    }
  });
}

Deno.test("a cursor goes from state to state: skipping to reading at the line feed, to cut and back, to closed", async () => {
  await using written = cursorWorld();
  const { cursor, truncate } = written;
  const size = sizeOf(cursor);
  cursor.moveToEnd(cursor.offset + 5);
  assert.equal(cursor.state, "skipping");
  assert.ok(!(await cursor.isReady(size, { pool, signal, lastLine: "left" })));
  assert.deepEqual([cursor.state, cursor.offset], ["reading", size]);
  truncate();
  assert.equal(cursor.checkSize(), undefined);
  assert.equal(cursor.state, "cut");
  cursor.restart();
  assert.deepEqual([cursor.state, cursor.offset], ["reading", 0]);
  await cursor[Symbol.asyncDispose]();
  assert.equal(cursor.state, "closed");
  assert.throws(() => cursor.file.size(), "its file is closed");
});

Deno.test("a cursor does not restart while its scan is open", async () => {
  await using written = cursorWorld();
  const { cursor, truncate } = written;
  await cursor.openScan({}, scan);
  truncate();
  assert.equal(cursor.checkSize(), undefined);
  assert.throws(() => cursor.restart(), /its scan is open/);
  await cursor.closeScan();
  cursor.restart();
});
