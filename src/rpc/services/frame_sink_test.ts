import assert from "#assert";
import { eventually } from "../../../tests/support/eventually.ts";
import { Buffer } from "node:buffer";
import { streamForward } from "../../records/scan/forward.ts";
import { createBlockPool } from "../../records/scan/block_pool.ts";
import { MAX_MESSAGE_BYTES } from "../../records/scan/row_batch.ts";
import { memoryLog } from "../../../tests/support/memory_log.ts";
import { type NaiveRecord, naiveRecords } from "../../../tests/support/naive_records.ts";
import { services } from "../descriptor.ts";
import { StreamBuffers } from "../transport/stream_buffers.ts";
import { forgetLongMessage } from "../../records/scan/message_piece.ts";
import { createFrameSink, forgetLongFrame } from "./frame_sink.ts";

const { signal } = new AbortController();
const encoder = new TextEncoder();
const HEAD_BYTES = 5;

/** What a client gets of a log: the records, and the sizes of the writes that they came in. */
async function sent(log: string): Promise<{ records: NaiveRecord[]; counted: number; writes: number[] }> {
  const writes: Uint8Array[] = [];
  let counted = 0;
  const sink = createFrameSink((frames) => {
    writes.push(frames.slice());
    return Promise.resolve();
  }, (count) => counted += count);
  await streamForward(memoryLog(encoder.encode(log)), {}, { sink, pool: createBlockPool(), signal });
  return { records: records(Buffer.concat(writes)), counted, writes: writes.map(({ length }) => length) };
}

/** Takes frames apart: a zero, the length, a message of the contract. */
function records(bytes: Buffer): NaiveRecord[] {
  const found: NaiveRecord[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = bytes.readUInt32BE(at + 1);
    assert.equal(bytes[at], 0);
    assert.ok(at + HEAD_BYTES + length <= bytes.length);
    at += HEAD_BYTES + length;
    const record = services.logRecords.StreamForward.responseDeserialize(bytes.subarray(at - length, at));
    const { timestamp, message, is_final: final } = record;
    found.push({ seconds: timestamp?.seconds ?? NaN, nanos: timestamp?.nanos ?? NaN, message, final });
  }
  return found;
}

Deno.test("createFrameSink() sends each record as a message of the contract, whatever its time", async () => {
  const times = [
    "2024-10-01T05:40:46.960135302Z",
    "1970-01-01T00:00:00Z",
    "1970-01-01T00:00:00.000000001Z",
    "1970-01-01T00:00:01Z",
    "1970-01-01T00:02:07Z",
    "1970-01-01T00:02:08Z",
    "1969-12-31T23:59:59.5Z",
    "0000-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999999Z",
  ];
  const log = times.map((time, i) => `${time} stdout ${i % 2 === 0 ? "F" : "P"} ${"ü".repeat(i * 30)}\n`).join("");
  const got = await sent(log);
  assert.deepEqual(got.records, naiveRecords(encoder.encode(log), "cri", {}));
  assert.equal(got.counted, times.length);
  assert.equal(got.writes.length, 1);
});

Deno.test("createFrameSink() sends messages of every length around those at which the form of a length changes", async () => {
  const lengths = [0, 1, 90, 100, 110, 120, 126, 127, 128, 129, 16_380, 16_383, 16_384, 16_385];
  const log = lengths.map((length) => `2024-10-01T05:40:46Z stdout F ${"x".repeat(length)}\n`).join("");
  assert.deepEqual((await sent(log)).records.map(({ message }) => message.length), lengths);
});

Deno.test("createFrameSink() sends no more at a time than a batch, and each record once", async () => {
  const line = `2024-10-01T05:40:46Z stdout F ${"x".repeat(1000)}\n`;
  const got = await sent(line.repeat(3000));
  assert.equal(got.records.length, 3000);
  assert.equal(got.counted, 3000);
  assert.ok(Math.max(...got.writes) <= 128 * 1024, `${Math.max(...got.writes)} bytes in one write`);
});

Deno.test("createFrameSink() sends a record of the greatest size in slices", async () => {
  const message = `${"x".repeat(MAX_MESSAGE_BYTES)}end`;
  const after = "2024-10-01T05:40:47Z stdout F after\n";
  const got = await sent(`2024-10-01T05:40:46Z stdout F ${message}\n${after}`);
  assert.deepEqual(got.records.map(({ final }) => final), [false, true, true]);
  assert.equal(got.records.map((record) => record.message).join(""), `${message}after`);
  assert.ok(Math.max(...got.writes) <= 256 * 1024, `${Math.max(...got.writes)} bytes in one write`);
});

Deno.test("createFrameSink() sends a long record whole, however little is left for its last slice", async () => {
  for (let length = 256 * 1024 - 50; length < 256 * 1024; length++) {
    const got = await sent(`2024-10-01T05:40:46Z stdout F ${"x".repeat(length)}\n`);
    assert.deepEqual(got.records.map(({ message }) => message.length), [length]);
  }
});

Deno.test("createFrameSink() keeps the slices of two streams apart", async () => {
  const lines = ["a", "b"].map((letter) => `2024-10-01T05:40:46Z stdout F ${letter.repeat(2_000_000)}\n`);
  const taken: Uint8Array[][] = [[], []];
  const pool = createBlockPool();
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const streams = lines.map(async (line, index) => {
    const sink = createFrameSink(async (frames) => {
      taken[index]?.push(frames.slice());
      await gates[index]?.promise;
    }, () => {});
    await streamForward(memoryLog(encoder.encode(line)), {}, { sink, pool, signal });
  });
  // Both have begun to send when the first one goes on.
  await eventually("both have begun to send", () => taken.every((writes) => writes.length > 0));
  for (const gate of gates) gate.resolve();
  await Promise.all(streams);
  for (const [index, letter] of ["a", "b"].entries()) {
    assert.deepEqual(records(Buffer.concat(taken[index] ?? [])).map(({ message }) => message), [
      letter.repeat(2_000_000),
    ]);
  }
});

Deno.test("createFrameSink() is ready when its last batch was taken, and tells why it never will be", async () => {
  const reason = new Error("gone");
  const log = memoryLog(encoder.encode("2024-10-01T05:40:46Z stdout F a\n"));
  const sink = createFrameSink(() => Promise.reject(reason), () => {});
  await assert.rejects(streamForward(log, {}, { sink, pool: createBlockPool(), signal }), reason);
  const long = memoryLog(encoder.encode(`2024-10-01T05:40:46Z stdout F ${"x".repeat(2_000_000)}\n`));
  await assert.rejects(streamForward(long, {}, { sink, pool: createBlockPool(), signal }), reason);
});

Deno.test("createFrameSink() begins with a small batch, and doubles it up to 128 KiB", async () => {
  const line = `2024-10-01T05:40:46Z stdout F ${"x".repeat(200)}\n`;
  const { writes, counted } = await sent(line.repeat(3_000));
  assert.equal(counted, 3_000);
  for (const [at, most] of [8, 16, 32, 64, 128, 128].entries()) {
    const bytes = writes[at] ?? 0;
    assert.ok(bytes <= most * 1024 && bytes > most * 512, `${at}: ${bytes}`);
  }
});

Deno.test("createFrameSink() sends no more at a time than the buffer of its stream may become, and counts what is sent", async () => {
  const line = `2024-10-01T05:40:46Z stdout F ${"x".repeat(200)}\n`;
  const buffers = new StreamBuffers({ limit: () => 512 * 1024 });
  using others = buffers.open();
  others.wrote(320 * 1024);
  using buffer = buffers.open();
  const writes: number[] = [];
  const sink = createFrameSink(
    ({ length }) => {
      writes.push(length);
      return Promise.resolve();
    },
    () => {},
    { buffer },
  );
  await streamForward(memoryLog(encoder.encode(line.repeat(1_000))), {}, { sink, pool: createBlockPool(), signal });
  const most = Math.max(...writes);
  assert.ok(most > 12 * 1024 && most <= 16 * 1024, `${most} bytes in one write`);
  assert.equal(buffers.bytes, 320 * 1024 + most);
});

Deno.test("createFrameSink() sends a record that the first batch has no room for in one write", async () => {
  const { writes } = await sent(`2024-10-01T05:40:46Z stdout F ${"x".repeat(20_000)}\n`);
  assert.equal(writes.length, 1);
});

/** A stream whose client takes nothing until a test says so, then everything. */
interface SlowStream {
  readonly writes: Uint8Array[];
  /** Takes what waits, and what comes. */
  take(): void;
  readonly ended: Promise<unknown>;
}

function slowStream(log: ReturnType<typeof memoryLog>): SlowStream {
  const writes: Uint8Array[] = [];
  const taken = Promise.withResolvers<void>();
  const sink = createFrameSink((frames) => {
    writes.push(frames.slice());
    return taken.promise;
  }, () => {});
  const ended = streamForward(log, {}, { sink, pool: createBlockPool(), signal });
  return { writes, take: () => taken.resolve(), ended };
}

const LONG_LINE = `2024-10-01T05:40:46Z stdout F ${"x".repeat(MAX_MESSAGE_BYTES - 2000)}\n`;

Deno.test("createFrameSink() holds few long records whole, however many clients are slow, and sends each whole", async () => {
  const bytes = encoder.encode(LONG_LINE);
  const streams = Array.from({ length: 6 }, () => slowStream(memoryLog(bytes)));
  await eventually("each has sent something", () => streams.every(({ writes }) => writes.length > 0));
  const first = streams.map(({ writes }) => writes[0]?.length ?? 0).sort((a, b) => a - b);
  assert.deepEqual(first, [...Array(4).fill(64 * 1024), ...Array(2).fill(256 * 1024)]);
  for (const { take } of streams) take();
  await Promise.all(streams.map(({ ended }) => ended));
  for (const { writes } of streams) {
    assert.deepEqual(records(Buffer.concat(writes)), naiveRecords(bytes, "cri", {}));
  }
});

Deno.test("createFrameSink() sends long records whole, though the memory for them is let go meanwhile and after", async () => {
  const bytes = encoder.encode(LONG_LINE);
  const wanted = naiveRecords(bytes, "cri", {});
  for (let round = 0; round < 2; round++) {
    const writes: Uint8Array[] = [];
    const sink = createFrameSink((frames) => {
      forgetLongFrame();
      forgetLongMessage();
      writes.push(frames.slice());
      return Promise.resolve();
    }, () => {});
    const log = memoryLog(bytes);
    const read: typeof log.read = (into, at) => {
      forgetLongMessage();
      return log.read(into, at);
    };
    await streamForward({ ...log, read }, {}, { sink, pool: createBlockPool(), signal });
    assert.deepEqual(records(Buffer.concat(writes)), wanted);
    forgetLongFrame();
    forgetLongMessage();
  }
});

Deno.test("createFrameSink() does not end a long record in another way than it was begun", async () => {
  const bytes = encoder.encode(LONG_LINE);
  const held = Array.from({ length: 4 }, () => slowStream(memoryLog(bytes)));
  await eventually("four are held whole", () => held.every(({ writes }) => writes.length > 0));
  const log = memoryLog(bytes);
  let isCut = false;
  const cut = slowStream({ ...log, read: (into, at) => isCut ? Promise.resolve(0) : log.read(into, at) });
  await eventually("a part of a fifth is sent", () => cut.writes.length > 0);
  isCut = true;
  cut.take();
  await assert.rejects(cut.ended, { name: "CutRecordError" });
  assert.equal(cut.writes.length, 1);
  for (const { take } of held) take();
  await Promise.all(held.map(({ ended }) => ended));
});
