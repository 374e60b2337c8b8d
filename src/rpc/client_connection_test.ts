import assert from "#assert";
import { setImmediate } from "node:timers/promises";
import { type RunningServer, runServer } from "../../tests/support/agent_server.ts";
import { connectRawHttp2, type RawHttp2, type RawHttp2Options } from "../../tests/support/raw_http2.ts";
import {
  callHeaders,
  fourBytes,
  type Frame,
  frameFlags,
  frameTypes,
  grpcMessage,
} from "../../tests/support/raw_http2.ts";
import { anyLog, record, streaming } from "../../tests/support/test_services.ts";
import { aborted } from "./call_life.ts";
import { services } from "./descriptor.ts";

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
  const deadline = performance.now() + 20_000;
  while (!condition()) {
    assert.ok(performance.now() < deadline, `did not come within 20 s: ${what}`);
    await setImmediate();
  }
}

/** The frames of a call. */
function callFrames(stream: number, body: Uint8Array): Frame[] {
  return [
    { type: frameTypes.headers, flags: frameFlags.endHeaders, stream, payload: callHeaders(StreamForward.path) },
    { type: frameTypes.data, flags: frameFlags.endStream, stream, payload: grpcMessage(body) },
  ];
}

Deno.test("callers may end as many tails as they like: all follows of the connection go on, and no end is a failure", async () => {
  let running = 0;
  const more = Promise.withResolvers<void>();
  await using server = await runServer([streaming(async ({ request, send, sendHeaders, signal }) => {
    running++;
    try {
      if (request.follow_from === "NOOP") {
        // A tail of which its reader takes only the beginning.
        for (let i = 0; i < 20; i++) await send(record("past"));
        await aborted(signal);
      }
      sendHeaders();
      await more.promise;
      await send(record("future"));
      await aborted(signal);
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
      await aborted(signal);
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
