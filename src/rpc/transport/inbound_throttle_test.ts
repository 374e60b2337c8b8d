import assert from "#assert";
import { eventually } from "../../../tests/support/eventually.ts";
import { setImmediate } from "node:timers/promises";
import { Readable } from "node:stream";
import { throttleInbound } from "./inbound_throttle.ts";

/** A stream that counts how often it is asked for more. */
function source(): { readonly stream: Readable; readonly asked: () => number; readonly chunks: Uint8Array[] } {
  let asked = 0;
  const chunks: Uint8Array[] = [];
  const stream = new Readable({ read: () => asked++ });
  throttleInbound(stream);
  stream.on("data", (chunk) => chunks.push(chunk));
  return { stream, asked: () => asked, chunks };
}

const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i % 251);

Deno.test("what is small is handed on at once", async () => {
  const { stream, chunks } = source();
  await setImmediate();
  stream.push(bytes(256));
  stream.push(bytes(10));
  assert.deepEqual(chunks.map((chunk) => Uint8Array.from(chunk)), [bytes(256), bytes(10)]);
});

Deno.test("what is large is handed on in pieces, with rounds between them, and nothing is lost, not even the end", async () => {
  const { stream, chunks } = source();
  const ended = new Promise((resolve) => stream.once("end", resolve));
  assert.ok(!stream.push(bytes(700)));
  stream.push(bytes(7));
  stream.push(null);
  const counts: number[] = [];
  await eventually("four chunks", () => {
    counts.push(chunks.length);
    return chunks.length === 4;
  });
  await ended;
  // In how many rounds there were as many.
  const rounds = [1, 2, 3].map((count) => counts.filter((each) => each === count).length);
  assert.ok(Math.min(...rounds) >= 3, String(counts));
  assert.deepEqual(chunks.map(({ length }) => length), [256, 256, 188, 7]);
  assert.deepEqual(
    Uint8Array.from(chunks.flatMap((chunk) => [...chunk])),
    Uint8Array.from([...bytes(700), ...bytes(7)]),
  );
});

Deno.test("no more is asked for before all is handed on, then it is", async () => {
  const { stream, asked, chunks } = source();
  await setImmediate();
  stream.push(bytes(4 * 1024));
  const before = asked();
  await eventually("sixteen chunks", () => {
    if (chunks.length < 16) assert.equal(asked(), before);
    return chunks.length === 16;
  });
  await setImmediate();
  assert.ok(asked() > before);
});

Deno.test("a socket that is over hands on nothing more", async () => {
  const { stream, chunks } = source();
  stream.push(bytes(4 * 1024));
  await setImmediate();
  const { length } = chunks;
  stream.destroy();
  await setImmediate();
  await setImmediate();
  assert.equal(chunks.length, length);
});

Deno.test("up to 16 MiB may wait to be handed on", async () => {
  const stream = new Readable({ read: () => {} });
  let overflows = 0;
  throttleInbound(stream, { onOverflow: () => overflows++ });
  stream.on("data", () => {});
  await setImmediate();
  stream.push(bytes(16 * 2 ** 20));
  assert.equal(overflows, 0);
  stream.push(bytes(1));
  assert.equal(overflows, 1);
  stream.destroy();
});

Deno.test("what is held back is handed on later, in its order; the end waits behind it", async () => {
  const stream = new Readable({ read: () => {} });
  const resumes: (() => void)[] = [];
  let isHeldBack = true;
  throttleInbound(stream, { isHeldBack: (resume) => isHeldBack && resumes.push(resume) > 0 });
  const chunks: Uint8Array[] = [];
  stream.on("data", (chunk) => chunks.push(Uint8Array.from(chunk)));
  const ended = new Promise((resolve) => stream.once("end", resolve));
  await setImmediate();
  stream.push(bytes(10));
  stream.push(bytes(20));
  stream.push(null);
  for (let round = 0; round < 10; round++) await setImmediate();
  assert.deepEqual(chunks, []);
  assert.equal(resumes.length, 1);
  isHeldBack = false;
  resumes[0]?.();
  await ended;
  assert.deepEqual(chunks, [bytes(10), bytes(20)]);
});
