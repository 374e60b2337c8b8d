import assert from "#assert";
import { eventually } from "../../../tests/support/eventually.ts";
import { replaced } from "../../../tests/support/replaced.ts";
import { runServer } from "../../../tests/support/agent_server.ts";
import { anyLog, framedStreaming, record } from "../../../tests/support/test_services.ts";
import { services } from "../descriptor.ts";
import { bytesInFlight } from "./bytes_in_flight.ts";
import { type FrameStream, frameWriter } from "./frame_writer.ts";

const HEAD_BYTES = 5;

/** The frames of records with these messages, as grpc-js would write them one by one. */
function framesOf(messages: readonly string[]): Uint8Array {
  const frames = messages.map((message) => {
    const body = services.logRecords.StreamForward.responseSerialize(record(message));
    const frame = new Uint8Array(HEAD_BYTES + body.byteLength);
    new DataView(frame.buffer).setUint32(1, body.byteLength);
    frame.set(body, HEAD_BYTES);
    return [...frame];
  });
  return Uint8Array.from(frames.flat());
}

Deno.test("a client gets each frame of a batch as a message", async () => {
  const batches = [["a"], ["b", "", "ü".repeat(5_000)], Array.from({ length: 1_000 }, (_, i) => `line ${i}`)];
  await using running = await runServer([framedStreaming(async ({ send }) => {
    for (const batch of batches) await send(framesOf(batch));
  })]);
  const answer = running.client().stream(services.logRecords.StreamForward, anyLog);
  const received: string[] = [];
  for await (const { message } of answer) received.push(message);
  assert.deepEqual(received, batches.flat());
  assert.deepEqual(await answer.ending, { code: "OK", details: "OK" });
});

Deno.test("a frame may lie across two batches", async () => {
  const bytes = framesOf(["first", "second", "third"]);
  await using running = await runServer([framedStreaming(async ({ send }) => {
    await send(bytes.subarray(0, 9));
    await send(bytes.subarray(9, 20));
    await send(bytes.subarray(20));
  })]);
  const { messages, code } = await running.client().count(services.logRecords.StreamForward, anyLog);
  assert.deepEqual([messages, code], [3, "OK"]);
});

Deno.test("a batch's bytes may be reused as soon as send has returned", async () => {
  await using running = await runServer([framedStreaming(async ({ send }) => {
    const bytes = framesOf(["kept"]);
    const taken = send(bytes);
    bytes.fill(0xff);
    await taken;
    bytes.set(framesOf(["next"]));
    const takenToo = send(bytes);
    bytes.fill(0xff);
    await takenToo;
  })]);
  const answer = running.client().stream(services.logRecords.StreamForward, anyLog);
  assert.equal((await answer.next())?.message, "kept");
  assert.equal((await answer.next())?.message, "next");
  assert.equal(await answer.next(), undefined);
});

Deno.test("what a client has not read yet is not touched by what is sent to others meanwhile", async () => {
  const batch = (letter: string): Uint8Array => framesOf(Array.from({ length: 60 }, () => letter.repeat(1_000)));
  await using running = await runServer([framedStreaming(async ({ request, send }) => {
    const bytes = new Uint8Array(64 * 1024);
    for (let round = 0; round < 20; round++) {
      const frames = batch(request.namespace);
      bytes.set(frames);
      const taken = send(bytes.subarray(0, frames.length));
      bytes.fill(0xff);
      await taken;
    }
  })]);
  const client = running.client();
  const slow = client.stream(services.logRecords.StreamForward, { ...anyLog, namespace: "s" });
  assert.equal((await slow.next())?.message, "s".repeat(1_000));
  for (const namespace of ["a", "b"]) {
    const messages = new Set<string>();
    let count = 0;
    for await (const { message } of client.stream(services.logRecords.StreamForward, { ...anyLog, namespace })) {
      messages.add(message);
      count++;
    }
    assert.deepEqual([count, messages], [1_200, new Set([namespace.repeat(1_000)])]);
  }
  const rest = new Set<string>();
  for await (const { message } of slow) rest.add(message);
  assert.deepEqual(rest, new Set(["s".repeat(1_000)]));
});

Deno.test("a client that goes while frames are written is no defect", async () => {
  const bytes = framesOf(Array.from({ length: 60 }, () => "x".repeat(1_000)));
  const over = Promise.withResolvers<void>();
  let open = 0;
  await using running = await runServer([framedStreaming(async ({ send }) => {
    open++;
    try {
      while (true) await send(bytes);
    } finally {
      if (--open === 0) over.resolve();
    }
  })]);
  const client = running.client();
  const calls = Array.from({ length: 20 }, () => client.stream(services.logRecords.StreamForward, anyLog));
  for (const [index, answer] of calls.entries()) {
    for (let message = 0; message <= index * 10; message++) await answer.next();
    answer.cancel();
  }
  await over.promise;
  assert.deepEqual(running.reports, []);
});

Deno.test("batches are smaller while many clients take nothing more, and large again when these are gone", async () => {
  const clients = 70;
  using _ = replaced(bytesInFlight, "maxBytes", 96 * 1024 * 1024);
  const bytes = framesOf(Array.from({ length: 120 }, () => "x".repeat(1_000)));
  const full = Promise.withResolvers<void>();
  const over = Promise.withResolvers<void>();
  let open = 0;
  await using running = await runServer([framedStreaming(async ({ send }) => {
    if (++open === clients) full.resolve();
    try {
      while (true) await send(bytes);
    } finally {
      if (--open === 0) over.resolve();
    }
  })]);
  const client = running.client();
  await eventually("nothing is in flight of what went before", () => bytesInFlight.bytes === 0);
  assert.equal(bytesInFlight.batchBytes, 128 * 1024);
  const calls = Array.from({ length: clients }, () => client.stream(services.logRecords.StreamForward, anyLog));
  await full.promise;
  await eventually("batches are smaller", () => bytesInFlight.batchBytes === 64 * 1024);
  for (const answer of calls) answer.cancel();
  await over.promise;
  await eventually("nothing is in flight", () => bytesInFlight.bytes === 0);
});

/** A stream that writes when it is told to. */
function slowStream(): FrameStream & {
  isGone: boolean;
  pending: { bytes: Uint8Array; done: (error?: Error) => void }[];
} {
  return {
    headersSent: true,
    isGone: false,
    get destroyed() {
      return this.isGone;
    },
    pending: [],
    write(bytes, done): boolean {
      this.pending.push({ bytes, done });
      return true;
    },
  };
}

const call = { sendMetadata: () => assert.fail("the headers were sent before") };

Deno.test("a copy is used again once it is written, and not before", () => {
  const stream = slowStream();
  const { write } = frameWriter(call, stream);
  const frames = new Uint8Array(10_000);
  const done: number[] = [];
  for (const byte of [1, 2, 3]) write(frames.fill(byte), () => done.push(byte));
  const [first, second, third] = stream.pending;
  assert.deepEqual([first, second, third].map((one) => [one?.bytes.length, one?.bytes.at(-1)]), [
    [10_000, 1],
    [10_000, 2],
    [10_000, 3],
  ]);
  second?.done();
  write(frames.fill(4), () => {});
  write(frames.fill(5), () => {});
  assert.deepEqual(stream.pending.map(({ bytes }) => bytes[0]), [1, 4, 3, 4, 5]);
  assert.deepEqual(done, [2]);
  // It may be in use still.
  third?.done(new Error("broken"));
  write(frames.fill(6), () => {});
  assert.deepEqual(stream.pending.map(({ bytes }) => bytes[0]), [1, 4, 3, 4, 5, 6]);
  assert.deepEqual(done, [2, 3]);
  for (const { done } of stream.pending) if (done !== second?.done && done !== third?.done) done();
});

Deno.test("copies of many writes that are not taken have the length of what is written, and each counts whole", () => {
  const stream = slowStream();
  const { write } = frameWriter(call, stream);
  const frames = new Uint8Array(10_000);
  const copies = 64;
  using _ = replaced(bytesInFlight, "maxBytes", 16 * copies * 128 * 1024);
  for (let byte = 0; byte < 100; byte++) write(frames.fill(byte), () => {});
  assert.deepEqual(stream.pending.map(({ bytes }) => bytes.at(-1)), Array.from({ length: 100 }, (_, byte) => byte));
  const lengths = stream.pending.map(({ bytes }) => bytes.buffer.byteLength);
  assert.deepEqual([lengths.indexOf(10_000), lengths.lastIndexOf(128 * 1024)], [copies + 1, copies]);
  assert.equal(bytesInFlight.bytes, lengths.reduce((sum, length) => sum + length));
  for (const { done } of stream.pending) done();
  assert.equal(bytesInFlight.bytes, 0);
});

Deno.test("what was to be written may change at once, however much it is", () => {
  for (const length of [5, 2_048, 2_049, 131_072, 131_073, 200_000]) {
    const stream = slowStream();
    const frames = new Uint8Array(length).fill(1);
    frameWriter(call, stream).write(frames, () => {});
    frames.fill(2);
    const [{ bytes } = { bytes: frames }] = stream.pending;
    assert(bytes.length === length && bytes.every((byte) => byte === 1), `${length} bytes`);
    stream.pending[0]?.done();
  }
});

Deno.test("a write that fails calls back with the error, unless the stream is gone", () => {
  const stream = slowStream();
  const { write } = frameWriter(call, stream);
  const told: unknown[] = [];
  const failure = new Error("broken");
  write(new Uint8Array(5), (error) => told.push(error));
  write(new Uint8Array(5), (error) => told.push(error));
  stream.pending[0]?.done(failure);
  stream.isGone = true;
  stream.pending[1]?.done(failure);
  assert.deepEqual(told, [failure]);
});

Deno.test("headers go out before the first frame, once", () => {
  const order: string[] = [];
  const stream = { headersSent: false, destroyed: false, write: () => order.push("frame") > 0 };
  const { write } = frameWriter({
    sendMetadata: () => {
      order.push("headers");
      stream.headersSent = true;
    },
  }, stream);
  write(new Uint8Array(5), () => {});
  write(new Uint8Array(5), () => {});
  assert.deepEqual(order, ["headers", "frame", "frame"]);
});
