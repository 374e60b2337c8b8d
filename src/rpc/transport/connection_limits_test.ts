import assert from "#assert";
import { Buffer } from "node:buffer";
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectHttp2 } from "node:http2";
import { setImmediate } from "node:timers/promises";
import { type RunningServer, runServer } from "../../../tests/support/agent_server.ts";
import { eventually } from "../../../tests/support/eventually.ts";
import { inTime } from "../../../tests/support/in_time.ts";
import { createManualClock, type ManualClock } from "../../../tests/support/manual_clock.ts";
import {
  callHeaders,
  connectRawHttp2,
  type Frame,
  grpcMessage,
  type RawHttp2,
  type RawHttp2Options,
} from "../../../tests/support/raw_http2.ts";
import { frameFlags, frameTypes } from "../../../tests/support/http2_types.ts";
import { anyLog, listing, listOf, streaming } from "../../../tests/support/test_services.ts";
import { untilAborted } from "../../scheduling/abortable.ts";
import { services } from "../descriptor.ts";

const { List } = services.logMetadata;
const one = listing(() => listOf(["one"]));

/** A raw client with the certificate of `test-client`. */
function rawClient(server: RunningServer, options: Partial<RawHttp2Options> = {}): Promise<RawHttp2> {
  const { port, certificates: { authority, client } } = server;
  return connectRawHttp2({ port, ca: authority.certPem, leaf: client, ...options });
}

/** Waits for a condition, tick by tick. */
async function until(condition: () => boolean, what: string): Promise<void> {
  await eventually(what, condition);
}

/** A client that has begun HTTP/2 as far as the server knows, and calls nothing. */
async function idleClient(
  server: RunningServer,
  { onGoAway, ...options }: Partial<RawHttp2Options> & { readonly onGoAway: (code: number) => void },
): Promise<RawHttp2> {
  let isReady = false;
  const client = await rawClient(server, {
    ...options,
    onFrame: ({ type, flags, payload }) => {
      if (type === frameTypes.settings && flags === frameFlags.ack) isReady = true;
      if (type === frameTypes.goAway) onGoAway(Buffer.from(payload).readUInt32BE(4));
    },
  });
  await until(() => isReady, "HTTP/2 begins");
  return client;
}

function headFrame(stream: number, flags = 0): Frame {
  return { type: frameTypes.headers, flags: frameFlags.endHeaders | flags, stream, payload: callHeaders(List.path) };
}

interface TcpClient extends Disposable {
  readonly socket: Socket;
  readonly closed: Promise<void>;
}

function tcpClient({ port }: RunningServer, localAddress: string): TcpClient {
  const closed = Promise.withResolvers<void>();
  const socket = connectTcp({ port, host: "127.0.0.1", localAddress });
  socket.on("error", () => {}).on("close", () => closed.resolve());
  return { socket, closed: closed.promise, [Symbol.dispose]: () => void socket.destroy() };
}

Deno.test("a connection that is one too many of its address is refused before TLS, and others are served", async () => {
  await using server = await runServer([one], { limits: { maxConnections: 4, maxConnectionsPerPeer: 2 } });
  using _first = await rawClient(server, { from: "127.0.0.2" });
  using _second = await rawClient(server, { from: "127.0.0.2" });
  using third = tcpClient(server, "127.0.0.2");
  await inTime(() => "the connection is closed", third.closed);
  const refused = { hasCertificate: false, commonName: undefined, address: "127.0.0.2" };
  assert.deepEqual(server.refusals, [{
    limit: "connections_per_peer",
    peer: refused,
    reason: "2 connections of this address are open, more are not allowed (limits.connections-per-peer)",
  }]);
  assert.equal((await server.client().unary(List, { namespaces: [] })).code, "OK");
  assert.deepEqual(server.tlsFailures, []);
});

/** A client with a call that is under way. */
async function busyClient(server: RunningServer): Promise<RawHttp2> {
  let isAnswered = false;
  const client = await rawClient(server, { onFrame: ({ type }) => isAnswered ||= type === frameTypes.headers });
  const { StreamForward: { path } } = services.logRecords;
  await client.send(
    { type: frameTypes.headers, flags: frameFlags.endHeaders, stream: 1, payload: callHeaders(path) },
    { type: frameTypes.data, flags: frameFlags.endStream, stream: 1, payload: grpcMessage() },
  );
  await until(() => isAnswered, "the call is answered");
  return client;
}

const endless = streaming(async ({ sendHeaders, signal }) => {
  sendHeaders();
  await untilAborted({ signal });
});

Deno.test("a connection that is one too many in all is refused while all have calls, until one has gone", async () => {
  await using server = await runServer([endless], { limits: { maxConnections: 2, maxConnectionsPerPeer: 2 } });
  const first = await busyClient(server);
  using _second = await busyClient(server);
  using third = tcpClient(server, "127.0.0.4");
  await inTime(() => "the connection is closed", third.closed);
  assert.deepEqual(server.refusals.map(({ limit, reason }) => [limit, reason]), [
    ["connections", "2 connections are open, more are not allowed (limits.connections)"],
  ]);
  first[Symbol.dispose]();
  // The server learns of it a little later.
  await until(() => server.server.connections() === 1, "the place is free");
  using _fourth = await rawClient(server, { from: "127.0.0.4" });
  assert.deepEqual([server.refusals.length, server.cuts], [1, []]);
});

/** The begin of a TLS record that never comes whole. */
const beginOfRecord = Uint8Array.of(0x16, 3, 1, 2, 0, 1);
const EVICTED = "too many connections, of which this one had no call and its address the most";

Deno.test("connections that do nothing keep out no other address: the idlest goes away at once, and is told", async () => {
  const clock = createManualClock();
  await using server = await runServer([one], { clock, limits: { maxConnections: 3, maxConnectionsPerPeer: 3 } });
  const codes: string[] = [];
  const [first, second, third] = [
    await idleClient(server, { from: "127.0.0.2", onGoAway: (code) => codes.push(`first: ${code}`) }),
    await idleClient(server, { from: "127.0.0.2", onGoAway: (code) => codes.push(`second: ${code}`) }),
    await idleClient(server, { from: "127.0.0.3", onGoAway: (code) => codes.push(`third: ${code}`) }),
  ];
  assert.equal((await server.client().unary(List, { namespaces: [] })).code, "OK");
  await inTime(() => "the idle connection is closed", first.closed);
  assert.deepEqual(codes, ["first: 0"]);
  assert.deepEqual(
    server.cuts.map(({ cause, limit, peer: { address, commonName } }) => [
      cause,
      limit,
      address,
      commonName,
    ]),
    [[EVICTED, "connections", "127.0.0.2", "test-client"]],
  );
  assert.deepEqual([server.refusals, server.tlsFailures], [[], []]);
  second[Symbol.dispose]();
  third[Symbol.dispose]();
});

Deno.test("connections that stop in their handshake keep out no other address", async () => {
  const clock = createManualClock();
  await using server = await runServer([one], { clock, limits: { maxConnections: 3, maxConnectionsPerPeer: 3 } });
  using inTcp = tcpClient(server, "127.0.0.2");
  await until(() => server.server.connections() === 1, "the first is there");
  using inTls = tcpClient(server, "127.0.0.2");
  await until(() => server.server.connections() === 2, "the second is there");
  await new Promise<void>((resolve) => inTls.socket.write(beginOfRecord, () => resolve()));
  using inHttp2 = await rawClient(server, { from: "127.0.0.2", begins: false });
  for (const [client, count] of [[inTcp, 1], [inTls, 2]] as const) {
    using _new = await rawClient(server, { from: `127.0.0.${3 + count}` });
    await inTime(() => `connection ${count} is closed`, client.closed);
    assert.equal(server.cuts.length, count);
  }
  assert.deepEqual(server.cuts.map(({ cause, limit, peer: { address } }) => [cause, limit, address]), [
    [EVICTED, "connections", "127.0.0.2"],
    [EVICTED, "connections", "127.0.0.2"],
  ]);
  assert.deepEqual([server.refusals, server.tlsFailures], [[], []]);
  assert.ok(!inHttp2.isClosed());
});

Deno.test("at the limit of an address the idlest makes place after ten seconds, for others of the address", async () => {
  const clock = createManualClock();
  await using server = await runServer([one], { clock, limits: { maxConnections: 2, maxConnectionsPerPeer: 2 } });
  const goneAway: string[] = [];
  const idle = await idleClient(server, { onGoAway: () => goneAway.push("idle") });
  const other = await idleClient(server, { onGoAway: () => goneAway.push("other") });
  using early = tcpClient(server, "127.0.0.1");
  await inTime(() => "the connection is closed", early.closed);
  assert.deepEqual(server.refusals.map(({ limit }) => limit), ["connections_per_peer"]);
  clock.advance(10_000);
  assert.equal((await server.client().unary(List, { namespaces: [] })).code, "OK");
  await inTime(() => "the idle connection is closed", idle.closed);
  assert.deepEqual(goneAway, ["idle"]);
  assert.deepEqual([server.refusals.length, server.cuts], [1, []]);
  other[Symbol.dispose]();
});

Deno.test("a connection without a call is closed after its idle time with GOAWAY, one with a follow stays", async () => {
  const clock = createManualClock();
  await using server = await runServer([
    streaming(async ({ sendHeaders, signal }) => {
      sendHeaders();
      await untilAborted({ signal });
    }),
  ], { clock, limits: { connectionIdleMs: 50_000 } });
  const follow = server.client().stream(services.logRecords.StreamForward, anyLog);
  await follow.headers;
  const codes: number[] = [];
  const idle = await idleClient(server, { onGoAway: (code) => codes.push(code) });
  clock.advance(49_999);
  assert.equal(server.server.connections(), 2);
  clock.advance(1);
  await inTime(() => "the idle connection is closed", idle.closed);
  assert.deepEqual(codes, [0]);
  await until(() => server.server.connections() === 1, "one is left");
  assert.deepEqual([server.refusals, server.cuts, server.failures], [[], [], []]);
  follow.cancel();
  await follow.ending;
});

Deno.test("a connection that stops in its TLS handshake is closed after the time for it, with one line", async () => {
  const clock = createManualClock();
  await using server = await runServer([one], { clock, limits: { handshakeMs: 5_000 } });
  using silent = tcpClient(server, "127.0.0.1");
  await until(() => server.server.connections() === 1, "the connection is there");
  await new Promise<void>((resolve) => silent.socket.write(beginOfRecord, () => resolve()));
  // The server has read the bytes by the time that it has answered this one.
  assert.equal((await server.client().unary(List, { namespaces: [] })).code, "OK");
  clock.advance(5_000);
  await inTime(() => "the silent connection is closed", silent.closed);
  assert.equal((await server.client().unary(List, { namespaces: [] })).code, "OK");
  assert.deepEqual(server.tlsFailures.map(({ reason }) => reason), ["no TLS handshake within 5 s"]);
});

Deno.test("a connection that never speaks HTTP/2 after its handshake is closed after the time for both", async () => {
  const clock = createManualClock();
  await using server = await runServer([one], { clock, limits: { handshakeMs: 5_000 } });
  using silent = await rawClient(server, { begins: false });
  assert.equal((await server.client().unary(List, { namespaces: [] })).code, "OK");
  clock.advance(4_999);
  assert.deepEqual(server.tlsFailures, []);
  clock.advance(1);
  await inTime(() => "the silent connection is closed", silent.closed);
  assert.deepEqual(server.tlsFailures, [{
    message: "HTTP/2 connection failed",
    address: "127.0.0.1",
    reason: "no HTTP/2 settings within 5 s",
    limit: "handshake_time",
  }]);
  assert.equal((await server.client().unary(List, { namespaces: [] })).code, "OK");
});

Deno.test("of requests that do not come whole the oldest is refused when there are too many, with the limit", async () => {
  const clock = createManualClock();
  await using server = await runServer([one], { clock, limits: { maxUnfinishedRequests: 3 } });
  const answered: number[] = [];
  using client = await rawClient(server, {
    onFrame: ({ type, stream }) => {
      if (type === frameTypes.headers) answered.push(stream);
    },
  });
  await client.send(headFrame(1), headFrame(3), headFrame(5));
  // A whole request counts no longer than it takes to come.
  await client.send(headFrame(7), {
    type: frameTypes.data,
    flags: frameFlags.endStream,
    stream: 7,
    payload: grpcMessage(),
  });
  await until(() => answered.includes(7), "the ordinary call is answered");
  await until(() => answered.includes(1), "the oldest is answered");
  assert.deepEqual(answered.filter((each) => each !== 7), [1]);
  assert.deepEqual(server.refusals.map(({ limit, reason }) => [limit, reason]), [[
    "unfinished_requests",
    "Cannot take the request: 3 others have not come whole (limits.unfinished-requests)",
  ]]);
  assert.deepEqual(server.refused, []);
});

Deno.test("metadata of the size that is allowed is taken, a byte more is refused with the limit, by call and line", async () => {
  await using server = await runServer([one]);
  const sent = [["x-remote-user", "alice"]] as const;
  const list = async (extra: number): Promise<{ code: string; details: string }> =>
    await server.client().unary(List, { namespaces: [] }, { metadata: [...sent, ["x-fill", "v".repeat(extra)]] });
  // What the library adds is found out by being refused.
  const { code, details } = await list(66_000);
  assert.equal(code, "RESOURCE_EXHAUSTED");
  const [, bytes] = /^Cannot take the call: (\d+) bytes of metadata, 65536 are allowed \(limits\.metadata-size\)$/
    .exec(details) ?? [];
  const fits = 66_000 - (Number(bytes) - 65_536);
  assert.equal((await list(fits)).code, "OK");
  assert.equal((await list(fits + 1)).code, "RESOURCE_EXHAUSTED");
  assert.deepEqual(server.refusals.map(({ limit, peer }) => [limit, peer.commonName]), [
    ["metadata_size", "test-client"],
    ["metadata_size", "test-client"],
  ]);
  // Each is told once.
  assert.deepEqual(server.refused, []);
});

Deno.test("metadata that HTTP/2 itself refuses is told when the next call of the connection begins", async () => {
  await using server = await runServer([one]);
  const client = server.client();
  const groups = Array.from({ length: 1_100 }, (_, number) => ["x-remote-group", `group-${number}`] as const);
  assert.equal((await client.unary(List, { namespaces: [] }, { metadata: groups })).code, "RESOURCE_EXHAUSTED");
  assert.equal((await client.unary(List, { namespaces: [] })).code, "OK");
  assert.deepEqual(server.refusals.map(({ limit }) => limit), ["metadata_size"]);
});

Deno.test("a message that is refused for its length, before there is a call, is told", async () => {
  await using server = await runServer([one]);
  const list = async (bytes: number): Promise<string> =>
    (await server.client().unary(List, { namespaces: ["x".repeat(bytes)] })).code;
  const overhead = List.requestSerialize({ namespaces: ["x".repeat(65_000)] }).length - 65_000;
  assert.equal(await list(65_536 - overhead), "OK");
  assert.deepEqual(server.refused, []);
  assert.equal(await list(65_537 - overhead), "RESOURCE_EXHAUSTED");
  await until(() => server.refused.length > 0, "the stream closes");
  assert.deepEqual(server.refused.map(({ status, peer }) => [status, peer.commonName]), [
    [{ code: 8, details: "Received message larger than max (65537 vs 65536)" }, "test-client"],
  ]);
});

/** When a connection reaches its age of 50 s, which is a tenth off at most: no other timer is due then. */
function ageMs(clock: ManualClock): number {
  const [age = 0, ...others] = clock.timers().filter((ms) => ms >= 45_000 && ms <= 55_000);
  assert.deepEqual([age > 0, others], [true, []]);
  return age;
}

Deno.test("a connection of its age ends its streams UNAVAILABLE with a text and goes away, calls with one answer get it", async () => {
  const clock = createManualClock();
  const release = Promise.withResolvers<void>();
  let listings = 0;
  await using server = await runServer([
    listing(async () => {
      listings++;
      await release.promise;
      return listOf(["one"]);
    }),
    streaming(async ({ sendHeaders, signal }) => {
      sendHeaders();
      await untilAborted({ signal });
    }),
  ], { clock, limits: { connectionAgeMs: 50_000 } });
  const client = server.client();
  const follow = client.stream(services.logRecords.StreamForward, anyLog);
  await follow.headers;
  const list = client.unary(List, { namespaces: [] });
  await until(() => listings === 1, "the list begins");
  clock.advance(ageMs(clock) - 1);
  assert.deepEqual(server.failures, []);
  clock.advance(1);
  const { code, details } = await follow.ending;
  assert.deepEqual([code, details], [
    "UNAVAILABLE",
    "Connection has reached its age (limits.connection-age): connect again",
  ]);
  release.resolve();
  assert.equal((await list).code, "OK");
  // The client connects again by itself.
  const again = client.stream(services.logRecords.StreamForward, anyLog);
  await again.headers;
  await until(() => server.server.connections() === 1, "the old connection has gone");
  again.cancel();
  await again.ending;
  assert.deepEqual([server.cuts, server.reports], [[], []]);
});

Deno.test("what a call still holds of a connection that is over its age is cut off in ten seconds", async () => {
  const clock = createManualClock();
  let listings = 0;
  await using server = await runServer([
    listing(async ({ signal }) => {
      listings++;
      await untilAborted({ signal });
      return listOf([]);
    }),
  ], { clock, limits: { connectionAgeMs: 50_000 } });
  const list = server.client().unary(List, { namespaces: [] });
  await until(() => listings === 1, "the list begins");
  clock.advance(ageMs(clock));
  assert.ok(clock.timers().includes(10_000), `its end is in ten seconds: ${clock.timers()}`);
  clock.advance(9_999);
  await setImmediate();
  assert.equal(server.server.connections(), 1);
  clock.advance(1);
  const { code } = await list;
  assert.ok(code !== "OK" && code !== "DEADLINE_EXCEEDED", code);
  await until(() => server.server.connections() === 0, "the connection has gone");
});

Deno.test("a node's http2 client reads the text of a request that took too long", async () => {
  const clock = createManualClock();
  await using server = await runServer([one], { clock });
  const { port, certificates: { authority, client: { certPem: cert, keyPem: key } } } = server;
  const session = connectHttp2(`https://localhost:${port}`, { ca: authority.certPem, cert, key });
  const request = session.request({ ":method": "POST", ":path": List.path, "content-type": "application/grpc" });
  const answer = Promise.withResolvers<Record<string, unknown>>();
  request.on("response", (headers) => answer.resolve({ ...headers })).on("error", () => {});
  request.write(grpcMessage().subarray(0, 3));
  await until(() => clock.timers().includes(30_000), "the request begins");
  clock.advance(30_000);
  const headers = await inTime(() => "the request is answered", answer.promise);
  assert.equal(headers["grpc-status"], "8");
  assert.equal(
    decodeURI(String(headers["grpc-message"])),
    "Cannot take the request: it has not come whole within 30 s (limits.request-time)",
  );
  session.destroy();
});
