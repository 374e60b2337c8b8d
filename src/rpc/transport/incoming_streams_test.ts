import assert from "#assert";
import { EventEmitter } from "node:events";
import type { ServerHttp2Stream } from "node:http2";
import { Metadata } from "@grpc/grpc-js";
import { enterStream, incomingStream, rawMetadata } from "./incoming_streams.ts";

const peer = { hasCertificate: true, commonName: "test-client" };

/**
 * Enters a stream with these headers; gives the headers that are left, and the call that grpc-js would make of them.
 */
function enter(rawHeaders: readonly string[]): {
  stream: EventEmitter;
  headers: Record<string, unknown>;
  call: { metadata: Metadata };
} {
  const stream = new EventEmitter();
  const headers: Record<string, unknown> = {};
  for (let i = 0; i < rawHeaders.length; i += 2) headers[rawHeaders[i] ?? ""] = rawHeaders[i + 1];
  enterStream(stream as unknown as ServerHttp2Stream, { headers, rawHeaders, peer });
  const plain = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
  return { stream, headers, call: { metadata: Metadata.fromHttp2Headers(plain) } };
}

Deno.test("rawMetadata gives each value in order, and none for a name that was not sent", () => {
  const { call } = enter(["x-a", "1", "x-b", "x-a", "x-a", "1,2", "x-a", "", ":path", "/x-a"]);
  const entered = incomingStream(call) ?? assert.fail("not entered");
  assert.deepEqual(rawMetadata(entered, "x-a"), ["1", "1,2", ""]);
  assert.deepEqual(rawMetadata(entered, "x-b"), ["x-a"]);
  assert.deepEqual(rawMetadata(entered, "x-c"), []);
});

Deno.test("incomingStream finds no stream that has closed", () => {
  const { stream, call } = enter([]);
  assert.equal(incomingStream(call)?.stream, stream);
  assert.equal(incomingStream(call)?.peer, peer);
  stream.emit("close");
  assert.equal(incomingStream(call), undefined);
});

Deno.test("incomingStream takes no client's word for which stream it is", () => {
  const other = enter(["x-remote-user", "admin"]);
  const number = String(other.headers["agent-stream-number"]);
  const { call } = enter(["agent-stream-number", number, "x-remote-user", "nobody"]);
  const entered = incomingStream(call) ?? assert.fail("not entered");
  assert.deepEqual(rawMetadata(entered, "x-remote-user"), ["nobody"]);
  assert.throws(() => incomingStream({ metadata: new Metadata() }), TypeError);
});

Deno.test("enterStream leaves to grpc-js the protocol's own headers only", () => {
  const { headers } = enter([
    ":path",
    "/package.Service/Method",
    ":authority",
    "agent",
    "content-type",
    "application/grpc",
    "te",
    "trailers",
    "grpc-encoding",
    "g\u00e4ip",
    "user-agent",
    "grpc-go",
    "x-remote-user",
    "somebody",
    "x-trace-bin",
    "AAA=",
  ]);
  assert.deepEqual(Object.keys(headers), [":path", ":authority", "content-type", "te", "agent-stream-number"]);
});

Deno.test.each([
  { sent: "30S", kept: true },
  { sent: "2147483647m", kept: false },
  { sent: "99999999m", kept: true },
  { sent: "2147483S", kept: true },
  { sent: "2147484S", kept: false },
  { sent: "99999999H", kept: false },
  { sent: "1n", kept: true },
  { sent: "soon", kept: false },
  { sent: "-5S", kept: false },
  { sent: "123456789u", kept: false },
  { sent: "", kept: false },
])("a grpc-timeout of $sent is kept: $kept", ({ sent, kept }) => {
  assert.equal(Object.hasOwn(enter(["grpc-timeout", sent]).headers, "grpc-timeout"), kept);
});
