import assert from "#assert";
import { withCalls } from "../../../tests/support/called_file.ts";
import { createLogWorld } from "../../../tests/support/log_world.ts";
import { openLog } from "../../logs/log_file.ts";
import {
  createCursor,
  type Cursor,
  forgetFound,
  freshFile,
  isIntact,
  knowHead,
  moveTo,
  sizeOf,
  wasCut,
} from "./cursor.ts";

/** A place at the end of a log of its own, to which a line is written then. */
function writtenPlace(
  afterCall: () => void = () => {},
): Disposable & { readonly place: Cursor; readonly path: string; readonly truncate: () => void } {
  const world = createLogWorld();
  world.write({ padding: 100 });
  const file = withCalls(openLog(world.fileName, world.folders), afterCall);
  const place = createCursor(file);
  knowHead(place);
  moveTo(place, file.size());
  world.write();
  return {
    place,
    path: world.path(),
    truncate: () => world.truncate([]),
    [Symbol.dispose]: () => {
      file[Symbol.dispose]();
      world[Symbol.dispose]();
    },
  };
}

/** Looks at the file of a place as it is done before it is read. */
function look(place: Cursor): number {
  const size = sizeOf(place);
  assert(!wasCut(place, size));
  return size;
}

Deno.test("what was found behind a place is read without the file, and is sure", async () => {
  let calls = 0;
  using written = writtenPlace(() => calls++);
  const { place } = written;
  const size = look(place);
  const expected = new Uint8Array(size - place.offset);
  place.file.peek(expected, place.offset);
  calls = 0;
  const into = new Uint8Array(1024);
  const fresh = freshFile(place);
  assert.equal(await fresh.read(into, place.offset), expected.length);
  assert.deepEqual(into.subarray(0, expected.length), expected);
  assert.equal(fresh.peek?.(into.subarray(0, 5), size - 3), 3);
  assert.deepEqual([place.isSure, fresh.id], [true, undefined]);
  moveTo(place, size);
  assert.equal(calls, 0);
  assert.deepEqual([place.offset, place.marker.length, isIntact(place)], [size, 64, true]);
});

Deno.test("once what was found is forgotten, the file is read, and is not sure", async () => {
  for (const way of ["read", "peek"] as const) {
    using written = writtenPlace();
    const { place } = written;
    look(place);
    forgetFound(place);
    written.truncate();
    const fresh = freshFile(place);
    assert.equal(await fresh[way]?.(new Uint8Array(1024), place.offset), 0);
    assert.deepEqual([place.isSure, isIntact(place), fresh.id], [false, false, place.file.id]);
  }
});

Deno.test("what was found of two places is known of each", async () => {
  using one = writtenPlace();
  using other = writtenPlace();
  const sizes = [one, other].map(({ place }) => look(place));
  for (const [n, { place, truncate }] of [one, other].entries()) {
    truncate();
    assert.equal(await freshFile(place).read(new Uint8Array(1024), place.offset), (sizes[n] ?? 0) - place.offset);
    assert(place.isSure);
  }
});

Deno.test("a file that was written anew and is longer now is known by its start, and by what was before the place", () => {
  for (const changed of ["start", "end", "rest"] as const) {
    using written = writtenPlace();
    const { place, path } = written;
    const content = Deno.readFileSync(path);
    const at = { start: 3, end: place.offset - 3, rest: place.offset + 3 }[changed];
    Deno.writeFileSync(path, content.with(at, 0x7e));
    assert.equal(wasCut(place, sizeOf(place)), changed !== "rest");
  }
});
