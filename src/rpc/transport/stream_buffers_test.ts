import assert from "#assert";
import { type StreamBuffer, StreamBuffers } from "./stream_buffers.ts";

const KIB = 1024;

/** Opens buffers, and makes each as large as it may become. */
function filled(buffers: StreamBuffers, count: number): StreamBuffer[] {
  return Array.from({ length: count }, () => {
    const buffer = buffers.open();
    buffer.wrote(buffer.maxBytes);
    return buffer;
  });
}

Deno.test("the more all streams keep, the less a buffer may become, at each part of the limit and one byte past it", () => {
  const maxAfter = (bytes: number): number => {
    const buffers = new StreamBuffers({ limit: () => 4_096 * KIB });
    buffers.open().wrote(bytes);
    return buffers.open().maxBytes;
  };
  assert.deepEqual([0, 1_920 * KIB, 1_920 * KIB + 1].map(maxAfter), [128 * KIB, 128 * KIB, 64 * KIB]);
  assert.deepEqual([2_496 * KIB, 2_496 * KIB + 1].map(maxAfter), [64 * KIB, 16 * KIB]);
  assert.deepEqual([3_056 * KIB, 3_056 * KIB + 1].map(maxAfter), [16 * KIB, 8 * KIB]);
});

Deno.test("three hundred streams that write as much as they may keep two thirds of the limit, four thousand what they need", () => {
  const buffers = new StreamBuffers({ limit: () => 32_768 * KIB });
  const open = filled(buffers, 300);
  assert.equal(buffers.bytes, (128 * 128 + 64 * 64 + 108 * 16) * KIB);
  open.push(...filled(buffers, 3_700));
  assert.equal(buffers.bytes, 24_576 * KIB + (4_000 - 128 - 64 - 256) * 8 * KIB);
  for (const buffer of open) buffer[Symbol.dispose]();
  assert.equal(buffers.bytes, 0);
});

Deno.test("a stream that has a large buffer goes on with it, and a shorter write leaves it as it is", () => {
  const buffers = new StreamBuffers({ limit: () => 1_024 * KIB });
  const [first] = filled(buffers, 40);
  assert.equal(first?.maxBytes, 128 * KIB);
  const { bytes } = buffers;
  first?.wrote(10);
  assert.equal(buffers.bytes, bytes);
  first?.[Symbol.dispose]();
  first?.[Symbol.dispose]();
  assert.equal(buffers.bytes, bytes - 128 * KIB);
});
