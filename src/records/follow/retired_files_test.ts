import assert from "#assert";
import { createLogWorld, type LogWorld } from "../../../tests/support/log_world.ts";
import { openAt, openLog } from "../../logs/log_file.ts";
import { Cursor } from "./cursor.ts";
import { RetiredFiles } from "./retired_files.ts";

/** Cursors at the end of so many rotated files of a log. */
function rotatedCursors(world: LogWorld, count: number): Cursor[] {
  for (let n = 0; n < count; n++) {
    world.write();
    world.rotate();
  }
  return world.rotated().map((path) => {
    const cursor = new Cursor(openAt(path, world.folders));
    cursor.moveToEnd();
    return cursor;
  });
}

const statesOf = (cursors: readonly Cursor[]): string[] => cursors.map(({ state }) => state);

Deno.test("a retired file is closed after two polls, and remembered", async () => {
  using world = createLogWorld();
  const [cursor] = rotatedCursors(world, 1);
  if (cursor === undefined) throw new Error("There is no rotated file");
  await using retired = new RetiredFiles();
  retired.keep(cursor);
  for (const state of ["reading", "reading", "closed"]) {
    retired.notePoll();
    await retired.closeOld([]);
    assert.equal(cursor.state, state);
  }
  assert.deepEqual(retired.open(), []);
  await using again = new Cursor(openAt(cursor.file.path, world.folders));
  retired.resume(again);
  assert.equal(again.offset, cursor.offset);
});

Deno.test("of many retired files sixteen are open, the last ones", async () => {
  using world = createLogWorld();
  const cursors = rotatedCursors(world, 20);
  await using retired = new RetiredFiles();
  for (const cursor of cursors) retired.keep(cursor);
  await retired.closeOld([]);
  assert.deepEqual(statesOf(cursors), [...Array(4).fill("closed"), ...Array(16).fill("reading")]);
  assert.deepEqual(retired.open(), cursors.slice(4));
  assert.equal([...retired.contents()].length, 4);
});

Deno.test("a retired file that is in the queue again goes on there, where it was", async () => {
  using world = createLogWorld();
  world.write();
  const cursor = new Cursor(openLog(world.fileName, world.folders));
  cursor.moveToEnd();
  await using retired = new RetiredFiles();
  retired.keep(cursor);
  await using again = new Cursor(openLog(world.fileName, world.folders));
  await retired.closeOld([again]);
  assert.deepEqual([cursor.state, again.offset], ["closed", cursor.offset]);
});

Deno.test("a compressed file that has the inode of a retired one is read from its start", async () => {
  using world = createLogWorld();
  const [cursor] = rotatedCursors(world, 1);
  if (cursor === undefined) throw new Error("There is no rotated file");
  await using retired = new RetiredFiles();
  retired.keep(cursor);
  const file = openAt(cursor.file.path, world.folders);
  await using gzipped = new Cursor(file, { isGzipped: true });
  retired.resume(gzipped);
  assert.equal(gzipped.offset, 0);
});
