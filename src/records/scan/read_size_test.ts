import assert from "#assert";
import { nextReadBytes } from "./read_size.ts";

const KIB = 1024;
const BLOCK = 1024 * KIB;

Deno.test("nextReadBytes() is four times as much, up to a block, where all lines were used up, or none was", () => {
  assert.equal(
    nextReadBytes(64 * KIB, { lines: 60_000, done: 60_000 }, BLOCK),
    256 * KIB,
  );
  assert.equal(nextReadBytes(64 * KIB, { lines: 60_000, done: 0 }, BLOCK), 256 * KIB);
  assert.equal(nextReadBytes(BLOCK, { lines: 60_000, done: 60_000 }, BLOCK), BLOCK);
});

Deno.test("nextReadBytes() is an eighth more than what a batch had room for", () => {
  assert.equal(nextReadBytes(BLOCK, { lines: 900_000, done: 80_000 }, BLOCK), 90_000);
  assert.equal(nextReadBytes(BLOCK, { lines: 900_000, done: 10 }, BLOCK), 16 * KIB);
  assert.equal(nextReadBytes(BLOCK, { lines: BLOCK, done: BLOCK - 1 }, BLOCK), BLOCK);
});

Deno.test("nextReadBytes() never is more than a small block, and grows again after a small batch", () => {
  assert.equal(nextReadBytes(128, { lines: 100, done: 10 }, 128), 128);
  let want = 16 * KIB;
  for (let step = 0; step < 5; step++) {
    want = nextReadBytes(want, { lines: want, done: want }, BLOCK);
  }
  assert.equal(want, BLOCK);
});
