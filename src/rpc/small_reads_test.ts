import assert from "#assert";
import { setImmediate } from "node:timers/promises";
import { Readable } from "node:stream";
import { readInPieces } from "./small_reads.ts";

/** A stream that counts how often it is asked for more. */
function source(): { readonly stream: Readable; readonly asked: () => number; readonly chunks: Uint8Array[] } {
  let asked = 0;
  const chunks: Uint8Array[] = [];
  const stream = new Readable({ read: () => asked++ });
  readInPieces(stream);
  stream.on("data", (chunk) => chunks.push(chunk));
  return { stream, asked: () => asked, chunks };
}

const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i % 251);

Deno.test("what is small is handed on at once", async () => {
  const { stream, chunks } = source();
  await setImmediate();
  stream.push(bytes(1024));
  stream.push(bytes(10));
  assert.deepEqual(chunks.map((chunk) => Uint8Array.from(chunk)), [bytes(1024), bytes(10)]);
});

Deno.test("what is large is handed on in pieces, one in each round, and nothing is lost, not even the end", async () => {
  const { stream, chunks } = source();
  const ended = new Promise((resolve) => stream.once("end", resolve));
  assert.ok(!stream.push(bytes(2_500)));
  stream.push(bytes(7));
  stream.push(null);
  let rounds = 0;
  for (let before = -1; chunks.length < 4; rounds++) {
    assert.ok(chunks.length - before <= 1);
    before = chunks.length;
    await setImmediate();
  }
  await ended;
  assert.deepEqual(chunks.map(({ length }) => length), [1024, 1024, 452, 7]);
  assert.deepEqual(
    Uint8Array.from(chunks.flatMap((chunk) => [...chunk])),
    Uint8Array.from([...bytes(2_500), ...bytes(7)]),
  );
});

Deno.test("no more is asked for before all is handed on, then it is", async () => {
  const { stream, asked, chunks } = source();
  await setImmediate();
  stream.push(bytes(16 * 1024));
  const before = asked();
  while (chunks.length < 15) {
    await setImmediate();
    if (chunks.length < 16) assert.equal(asked(), before);
  }
  while (chunks.length < 16) await setImmediate();
  await setImmediate();
  assert.ok(asked() > before);
});

Deno.test("a socket that is over hands on nothing more", async () => {
  const { stream, chunks } = source();
  stream.push(bytes(16 * 1024));
  await setImmediate();
  const { length } = chunks;
  stream.destroy();
  await setImmediate();
  await setImmediate();
  assert.equal(chunks.length, length);
});
