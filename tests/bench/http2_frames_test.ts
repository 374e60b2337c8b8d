import assert from "#assert";
import { Buffer } from "node:buffer";
import { createFrameReader, frame, type FrameHead, MAX_PAYLOAD_BYTES } from "./http2_frames.ts";
import { frameFlags, frameTypes } from "../support/http2_types.ts";

const sent: readonly (readonly [FrameHead, Buffer])[] = [
  [{ type: frameTypes.settings, flags: 0, stream: 0 }, Buffer.from("abcdef")],
  [{ type: frameTypes.settings, flags: frameFlags.ack, stream: 0 }, Buffer.alloc(0)],
  [{ type: frameTypes.data, flags: 0, stream: 1 }, Buffer.alloc(300, 1)],
  [{ type: frameTypes.data, flags: frameFlags.endStream, stream: 2 ** 31 - 1 }, Buffer.alloc(0)],
  [{ type: frameTypes.headers, flags: frameFlags.endHeaders, stream: 3 }, Buffer.alloc(20, 2)],
];

/** What a reader tells of chunks; pieces of data are put together. */
function read(chunks: readonly Buffer[]): [FrameHead, Buffer][] {
  const got: [FrameHead, Buffer][] = [];
  let pieces: Uint8Array[] = [];
  const take = createFrameReader({
    data: (head, { bytes, isLast }) => {
      pieces.push(bytes.slice());
      if (!isLast) return;
      got.push([head, Buffer.concat(pieces)]);
      pieces = [];
    },
    other: (head, payload) => got.push([head, Buffer.from(payload)]),
  });
  chunks.forEach(take);
  return got;
}

Deno.test("a frame reader gives every frame whole, wherever the chunks are cut", () => {
  const bytes = Buffer.concat(sent.map(([head, payload]) => frame(head, payload)));
  for (let size = 1; size <= bytes.length; size++) {
    const chunks = Array.from(
      { length: Math.ceil(bytes.length / size) },
      (_, at) => bytes.subarray(at * size, (at + 1) * size),
    );
    assert.deepEqual(read(chunks), sent, `chunks of ${size} bytes`);
  }
});

Deno.test("a frame reader leaves the reserved bit of the stream alone", () => {
  const bytes = frame({ type: frameTypes.data, flags: 0, stream: 5 }, Buffer.from("x"));
  bytes.writeUInt8(0x80, 5);
  assert.deepEqual(read([bytes]).map(([{ stream }]) => stream), [5]);
});

Deno.test("a frame reader refuses a frame that is longer than the other side may send", () => {
  const longest = frame({ type: frameTypes.data, flags: 0, stream: 1 }, Buffer.alloc(MAX_PAYLOAD_BYTES));
  assert.equal(read([longest]).length, 1);
  const longer = frame({ type: frameTypes.data, flags: 0, stream: 1 }, Buffer.alloc(MAX_PAYLOAD_BYTES + 1));
  assert.throws(() => read([longer]), RangeError);
});
