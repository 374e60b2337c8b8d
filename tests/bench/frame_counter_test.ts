import assert from "#assert";
import { createRandom } from "../support/random.ts";
import { countFrames, createFrameCounter, isBetweenFrames } from "./frame_counter.ts";

/**
 * The messages as they go over the wire, one after the other; bodies of ones, so that no body byte passes for a head.
 */
function framed(lengths: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(lengths.reduce((sum, length) => sum + 5 + length, 0)).fill(1);
  let offset = 0;
  for (const length of lengths) {
    new DataView(bytes.buffer).setUint8(offset, 0);
    new DataView(bytes.buffer).setUint32(offset + 1, length);
    offset += 5 + length;
  }
  return bytes;
}

Deno.test("countFrames counts the same however the stream is cut into chunks", () => {
  for (let seed = 1; seed <= 300; seed += 1) {
    const random = createRandom(seed);
    const lengths = Array.from({ length: random.int(8) }, () => random.pick([0, 0, 1, 4, 5, 6, random.int(700)]));
    const bytes = framed(lengths);
    const largest = random.pick([1, 2, 5, 7, 300, 2_000]);
    const counter = createFrameCounter();
    for (let offset = 0; offset < bytes.length;) {
      const end = Math.min(bytes.length, offset + random.int(largest + 1));
      countFrames(counter, bytes.subarray(offset, end));
      offset = end;
    }
    assert.equal(counter.frames, lengths.length, `seed ${seed}`);
    assert.equal(counter.bytes, bytes.length, `seed ${seed}`);
    assert(isBetweenFrames(counter), `seed ${seed}`);
  }
});

Deno.test("countFrames counts a message with its last byte, not before", () => {
  const bytes = framed([3, 0, 2]);
  const counted = [...bytes].map((_, at) => {
    const counter = createFrameCounter();
    countFrames(counter, bytes.subarray(0, at + 1));
    return [counter.frames, isBetweenFrames(counter)];
  });
  assert.deepEqual(counted.slice(0, 9), [...Array(7).fill([0, false]), [1, true], [1, false]]);
  assert.deepEqual(counted.slice(11), [[1, false], [2, true], ...Array(6).fill([2, false]), [3, true]]);
});

Deno.test("countFrames reads lengths of more than 31 bits", () => {
  const counter = createFrameCounter();
  countFrames(counter, Uint8Array.of(0, 0xff, 0xff, 0xff, 0xfe, 1));
  assert.equal(counter.bodyLeft, 0xfffffffd);
});

Deno.test("countFrames refuses what is no head, whole or cut", () => {
  const told = { name: "RangeError", message: "Cannot count gRPC messages: a head begins with 1" };
  assert.throws(() => countFrames(createFrameCounter(), Uint8Array.of(1, 0, 0, 0, 0)), told);
  assert.throws(() => countFrames(createFrameCounter(), Uint8Array.of(1)), told);
});
