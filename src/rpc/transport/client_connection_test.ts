import assert from "#assert";
import { Buffer } from "node:buffer";
import { eventually } from "../../../tests/support/eventually.ts";
import { type RunningServer, runServer } from "../../../tests/support/agent_server.ts";
import { connectRawHttp2, type RawHttp2, type RawHttp2Options } from "../../../tests/support/raw_http2.ts";
import { callHeaders, fourBytes, type Frame, grpcMessage } from "../../../tests/support/raw_http2.ts";
import { frameFlags, frameTypes } from "../../../tests/support/http2_types.ts";
import { createManualClock } from "../../../tests/support/manual_clock.ts";
import { anyLog, listing, listOf, record, streaming } from "../../../tests/support/test_services.ts";
import { CallCancelledError } from "../call_errors.ts";
import { untilAborted } from "../../scheduling/abortable.ts";
import { services } from "../descriptor.ts";
import { UnreadAnswersError } from "./unread_answers.ts";

const { StreamForward } = services.logRecords;

/** A raw client with the certificate of `test-client`. */
function rawClient(
  { port, certificates: { authority, client } }: RunningServer,
  onFrame?: RawHttp2Options["onFrame"],
): Promise<RawHttp2> {
  return connectRawHttp2({ port, ca: authority.certPem, leaf: client, ...(onFrame === undefined ? {} : { onFrame }) });
}

function requestBytes(followFrom: "NOOP" | "END"): Uint8Array {
  return StreamForward.requestSerialize({ ...anyLog, follow_from: followFrom });
}

/** Waits for a condition, tick by tick. */
async function until(condition: () => boolean, what: string): Promise<void> {
  await eventually(what, condition);
}

/** The frames of a call. */
function callFrames(stream: number, body: Uint8Array): Frame[] {
  return [
    { type: frameTypes.headers, flags: frameFlags.endHeaders, stream, payload: callHeaders(StreamForward.path) },
    { type: frameTypes.data, flags: frameFlags.endStream, stream, payload: grpcMessage(body) },
  ];
}

/** Windows that let the server send as much as it likes. */
const widestWindows: Frame[] = [
  { type: frameTypes.settings, payload: Buffer.concat([Buffer.from([0, 4]), fourBytes(2 ** 31 - 1)]) },
  { type: frameTypes.windowUpdate, payload: fourBytes(2 ** 30) },
];

Deno.test("callers may end as many tails as they like: all follows of the connection go on, and no end is a failure", async () => {
  let running = 0;
  const more = Promise.withResolvers<void>();
  await using server = await runServer([streaming(async ({ request, send, sendHeaders, signal }) => {
    running++;
    try {
      if (request.follow_from === "NOOP") {
        // A tail of which its reader takes only the beginning.
        for (let i = 0; i < 20; i++) await send(record("past"));
        await untilAborted({ signal });
      }
      sendHeaders();
      await more.promise;
      await send(record("future"));
      await untilAborted({ signal });
    } finally {
      running--;
    }
  })]);
  const [follows, tails] = [20, 1_500];
  const firstTail = 2 * follows + 1;
  let opened = 0;
  let cancelled = 0;
  const goneAway = Promise.withResolvers<void>();
  const alive = new Set<number>();
  const allCancelled = Promise.withResolvers<void>();
  const allAlive = Promise.withResolvers<void>();
  const tailsEnded = new Set<number>();
  using client = await rawClient(server, ({ type, stream, payload }) => {
    if (type === frameTypes.goAway) goneAway.reject(new Error("The server has gone away"));
    if (type !== frameTypes.data || payload.length === 0) return;
    void client.send({ type: frameTypes.windowUpdate, payload: fourBytes(payload.length) });
    if (stream < firstTail) {
      alive.add(stream);
      if (alive.size === follows) allAlive.resolve();
    } else if (!tailsEnded.has(stream)) {
      // Kubetail has the lines that it wants, and cancels; ten of its tails are open at a time.
      tailsEnded.add(stream);
      void client.send({ type: frameTypes.reset, stream, payload: fourBytes(8) });
      if (++cancelled === tails) allCancelled.resolve();
      else if (opened < tails) openTail();
    }
  });
  const openTail = (): void => void client.send(...callFrames(firstTail + 2 * opened++, requestBytes("NOOP")));
  for (let i = 0; i < follows; i++) await client.send(...callFrames(2 * i + 1, requestBytes("END")));
  while (opened < 10) openTail();
  // HTTP/2's own limit is a thousand.
  const ended = client.closed.then(() => Promise.reject(new Error("The connection has ended")));
  await Promise.race([allCancelled.promise, goneAway.promise, ended]);
  more.resolve();
  await Promise.race([allAlive.promise, goneAway.promise, ended]);
  assert.deepEqual(server.cuts, []);
  assert.deepEqual(server.reports, []);
  await until(() => running === follows, "the handlers of cancelled tails end");
  // The connection ends with the test.
  ended.catch(() => {});
});

Deno.test("a client that opens streams and resets them before there is an answer is cut off", async () => {
  let running = 0;
  let most = 0;
  await using server = await runServer([streaming(async ({ signal }) => {
    most = Math.max(most, ++running);
    try {
      await untilAborted({ signal });
    } finally {
      running--;
    }
  })]);
  using client = await rawClient(server);
  const headers = callHeaders(StreamForward.path);
  let opened = 0;
  for (let stream = 1; !client.isClosed() && opened < 20_000; stream += 2) {
    const frames: Frame[] = [
      { type: frameTypes.headers, flags: frameFlags.endHeaders, stream, payload: headers },
      { type: frameTypes.reset, stream, payload: fourBytes(8) },
    ];
    await client.send(...frames);
    opened++;
  }
  assert.ok(opened < 20_000, "twenty thousand streams were opened and reset");
  await client.closed;
  assert.deepEqual(server.cuts.map(({ cause, peer }) => [cause, peer.commonName]), [
    ["too many streams reset before they were answered", "test-client"],
  ]);
  assert.ok(most <= 20, `${most} calls ran at once`);
  await until(() => running === 0, "the calls of the connection end");
});

Deno.test("after many resets the calls of the connection are answered still, also where the head came long before", async () => {
  const clock = createManualClock();
  await using server = await runServer([listing(() => listOf([]))], { clock });
  const answered: number[] = [];
  using client = await rawClient(server, ({ type, stream }) => {
    if (type === frameTypes.headers && !answered.includes(stream)) answered.push(stream);
  });
  const payload = callHeaders(services.logMetadata.List.path);
  const head = (stream: number): Frame => ({
    type: frameTypes.headers,
    flags: frameFlags.endHeaders,
    stream,
    payload,
  });
  const body = (stream: number): Frame => ({
    type: frameTypes.data,
    flags: frameFlags.endStream,
    stream,
    payload: grpcMessage(),
  });
  for (let stream = 1; stream < 600; stream += 2) {
    await client.send(head(stream), { type: frameTypes.reset, stream, payload: fourBytes(8) });
  }
  await client.send(head(601), body(601), head(603));
  await until(() => answered.includes(601), "the whole call is answered");
  await client.send(body(603));
  await until(() => answered.includes(603), "the other is answered");
  assert.deepEqual([answered, server.cuts], [[601, 603], []]);
});

Deno.test("of a client that reads no answers nothing more is read, and after 20 s it is cut off", async () => {
  const clock = createManualClock();
  const big = listOf([" ".repeat(2 ** 20)]);
  await using server = await runServer([listing(() => big)], { clock });
  using client = await rawClient(server);
  client.stopReading();
  await client.send(...widestWindows);
  const headers = callHeaders(services.logMetadata.List.path);
  let stream = 1;
  // The kernel keeps some megabytes for each side.
  await until(() => {
    if (clock.timers().includes(20_000)) return true;
    if (stream > 200) return false;
    void client.send(
      { type: frameTypes.headers, flags: frameFlags.endHeaders, stream, payload: headers },
      { type: frameTypes.data, flags: frameFlags.endStream, stream, payload: grpcMessage() },
    );
    stream += 2;
    return false;
  }, "the server stops reading");
  assert.deepEqual(server.cuts, []);
  clock.advance(20_000);
  assert.deepEqual(server.cuts.map(({ cause }) => cause), ["the client reads no answers"]);
  client.readOn();
  await client.closed;
});

Deno.test("a client that answers pings stays, one that does not is cut off with its calls, and all it held is given back", async () => {
  const clock = createManualClock();
  const reasons: unknown[] = [];
  await using server = await runServer([streaming(async ({ sendHeaders, signal }) => {
    sendHeaders();
    try {
      await untilAborted({ signal });
    } catch (error) {
      reasons.push(error);
    }
  })], { clock });
  let answers = true;
  let pings = 0;
  let answersSeen = 0;
  let isAnswered = false;
  using client = await rawClient(server, ({ type, flags, payload }) => {
    if (type === frameTypes.headers) isAnswered = true;
    if (type !== frameTypes.ping) return;
    if (flags === frameFlags.ack) {
      answersSeen++;
      return;
    }
    pings++;
    // A ping of its own shows when the server has taken the answer.
    const ack = { type: frameTypes.ping, flags: frameFlags.ack, payload: Uint8Array.from(payload) };
    if (answers) void client.send(ack, { type: frameTypes.ping, payload: new Uint8Array(8) });
  });
  await client.send(...callFrames(1, requestBytes("END")));
  await until(() => isAnswered, "the follow begins");
  for (let minute = 1; minute <= 3; minute++) {
    clock.advance(60_000);
    await until(() => answersSeen === minute, `ping ${minute}`);
  }
  assert.deepEqual([pings, server.cuts.length, reasons.length], [3, 0, 0]);
  answers = false;
  clock.advance(60_000);
  await until(() => pings === 4, "the last ping");
  clock.advance(20_000);
  await client.closed;
  await until(() => reasons.length === 1, "the follow ends");
  assert.ok(reasons[0] instanceof CallCancelledError);
  assert.deepEqual(server.cuts.map(({ cause }) => cause), ["the client does not answer"]);
  assert.deepEqual(clock.timers(), []);
});

Deno.test("streams that wait for room in a connection that takes nothing more end with the server", async () => {
  const clock = createManualClock();
  let running = 0;
  const big = record("x".repeat(2 ** 20));
  await using server = await runServer([streaming(async ({ send }) => {
    running++;
    try {
      for (;;) await send(big);
    } finally {
      running--;
    }
  })], { clock });
  using client = await rawClient(server);
  client.stopReading();
  await client.send(...widestWindows);
  for (let stream = 1; stream < 10; stream += 2) await client.send(...callFrames(stream, requestBytes("NOOP")));
  await until(() => running === 5, "the streams begin");
  let isDrained = false;
  const drained = server.server.drain({ signal: new AbortController().signal }).then(() => isDrained = true);
  await until(() => {
    clock.advance(50);
    return isDrained && running === 0;
  }, "the server and its streams end");
  await drained;
  assert.deepEqual(server.cuts.map(({ cause }) => cause), ["the client reads nothing while the agent ends"]);
  assert.deepEqual(server.reports, []);
});

/** What the server has said of each stream: the code of its reset, or the fields of its headers as they were sent. */
interface StreamAnswers {
  readonly resets: Map<number, number>;
  readonly answered: Set<number>;
}

async function watchedClient(server: RunningServer): Promise<{ client: RawHttp2; answers: StreamAnswers }> {
  const answers: StreamAnswers = { resets: new Map(), answered: new Set() };
  const client = await rawClient(server, ({ type, stream, payload }) => {
    if (type === frameTypes.reset) answers.resets.set(stream, Buffer.from(payload).readUInt32BE());
    if (type === frameTypes.headers) answers.answered.add(stream);
  });
  return { client, answers };
}

Deno.test("a request that does not come whole within 30 s is ended, one that is answered or a conversation is not", async () => {
  const clock = createManualClock();
  await using server = await runServer([listing(() => listOf(["one"]))], { clock });
  const { client: raw, answers } = await watchedClient(server);
  using client = raw;
  const head = (stream: number, path: string): Frame => (
    { type: frameTypes.headers, flags: frameFlags.endHeaders, stream, payload: callHeaders(path) }
  );
  const message = (stream: number, flags = 0, bytes = new Uint8Array()): Frame => (
    { type: frameTypes.data, flags, stream, payload: grpcMessage(bytes) }
  );
  const { List } = services.logMetadata;
  // Its request never ends; the second gets too many messages, and more when it has been refused.
  await client.send(head(1, List.path), message(1));
  await client.send(head(3, List.path), message(3), message(3), message(3));
  await client.send(head(5, List.path), message(5, frameFlags.endStream));
  const listServices = new Uint8Array([0x3a, 0]);
  await client.send(head(7, "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"), message(7, 0, listServices));
  await until(() => answers.answered.size === 3, "all but the first are answered");
  await client.send(message(3), message(3));
  clock.advance(29_999);
  assert.deepEqual([...answers.resets], []);
  clock.advance(1);
  await until(() => answers.resets.size === 2, "two are reset");
  // The first is answered RESOURCE_EXHAUSTED, the other has its answer already.
  assert.deepEqual([...answers.resets].sort(), [[1, 0], [3, 11]]);
  assert.equal(answers.answered.size, 4);
  assert.deepEqual(server.refusals.map(({ limit, peer }) => [limit, peer.commonName]), [
    ["request_time", "test-client"],
    ["request_time", "test-client"],
  ]);
  await client.send(message(7, frameFlags.endStream, listServices));
  assert.deepEqual(server.cuts, []);
});

Deno.test("ten thousand streams of a connection may be open, one more is refused", async () => {
  await using server = await runServer([listing(() => listOf(["one"]))], { limits: { maxUnfinishedRequests: 20_000 } });
  const { client: raw, answers } = await watchedClient(server);
  using client = raw;
  const payload = callHeaders(services.logMetadata.List.path);
  for (let i = 0; i <= 10_000; i += 73) {
    const heads = Array.from({ length: Math.min(73, 10_001 - i) }, (_, k): Frame => (
      { type: frameTypes.headers, flags: frameFlags.endHeaders, stream: 2 * (i + k) + 1, payload }
    ));
    await client.send(...heads);
  }
  await until(() => answers.resets.size > 0, "the last is refused");
  assert.deepEqual([...answers.resets], [[20_001, 7]]);
  assert.deepEqual(server.refusals.map(({ limit }) => limit), ["streams_per_connection"]);
});

Deno.test("lists that a client opens no window for are kept up to 64 MiB, then refused, and others are served", async () => {
  const text = "x".repeat(2 ** 20);
  await using server = await runServer([listing(() => listOf([text]))]);
  const statuses: string[] = [];
  using client = await rawClient(server, ({ type, payload }) => {
    if (type === frameTypes.headers) statuses.push(Buffer.from(payload).toString("latin1"));
  });
  const { List } = services.logMetadata;
  await client.send({ type: frameTypes.settings, payload: Buffer.concat([Buffer.from([0, 4]), fourBytes(0)]) });
  const list = (stream: number): Promise<void> =>
    client.send(
      { type: frameTypes.headers, flags: frameFlags.endHeaders, stream, payload: callHeaders(List.path) },
      { type: frameTypes.data, flags: frameFlags.endStream, stream, payload: grpcMessage() },
    );
  for (let answered = 0; answered < 70; answered++) {
    await list(2 * answered + 1);
    await until(() => statuses.length > answered, `answer ${answered}`);
  }
  assert.equal(server.failures.length, 6);
  assert.ok(server.failures.every(({ error }) => error instanceof UnreadAnswersError));
  const others = await server.client().unary(List, { namespaces: [] });
  assert.equal(others.code, "OK");
  // What was kept is given back with its streams.
  for (let i = 0; i < 70; i++) await client.send({ type: frameTypes.reset, stream: 2 * i + 1, payload: fourBytes(8) });
  await list(201);
  await until(() => statuses.length === 71, "another answer");
  assert.equal(server.failures.length, 6);
});
