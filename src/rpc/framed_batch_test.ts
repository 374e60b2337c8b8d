import assert from "#assert";
import { runServer } from "../../tests/support/agent_server.ts";
import { anyLog, framedStreaming, record } from "../../tests/support/test_services.ts";
import { services } from "./descriptor.ts";
import { frameHeadBytes } from "./framed_batch.ts";
import { sender } from "./sender.ts";

/** The frames of records with these messages, as grpc-js would write them one by one. */
function framesOf(messages: readonly string[]): Uint8Array {
  const frames = messages.map((message) => {
    const body = services.logRecords.StreamForward.responseSerialize(record(message));
    const frame = new Uint8Array(frameHeadBytes + body.byteLength);
    new DataView(frame.buffer).setUint32(1, body.byteLength);
    frame.set(body, frameHeadBytes);
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

Deno.test("what is shorter than a frame's head ends the call, not the server, and is reported", async () => {
  await using running = await runServer([framedStreaming(async ({ send }) => {
    await send(new Uint8Array(4));
  })]);
  const client = running.client();
  const { code, details, messages } = await client.count(services.logRecords.StreamForward, anyLog);
  assert.deepEqual([code, details, messages], ["INTERNAL", "Error serializing response", 0]);
  assert.equal((await client.unary(services.health.Check, { service: "" })).code, "OK");
  assert.match(String(running.reports[0]?.error), /^RangeError: Cannot send a batch of frames: 4 bytes/);
});

Deno.test("sender rejects with the error of a write that failed, and with the reason of a signal that has fired", async () => {
  const failure = new Error("broken");
  const { signal } = new AbortController();
  const failing = sender<string>({ write: (_, callback) => (callback(failure), false) }, { signal });
  await assert.rejects(failing("x"), failure);
  await assert.rejects(failing("y"), failure);
  const unwritten = sender<string>({ write: () => assert.fail("written") }, { signal: AbortSignal.abort(failure) });
  await assert.rejects(unwritten("x"), failure);
});
