import assert from "#assert";
import { Buffer } from "node:buffer";
import http2 from "node:http2";
import { type RunningServer, runServer } from "../../../tests/support/agent_server.ts";
import { eventually } from "../../../tests/support/eventually.ts";
import { listing, listOf } from "../../../tests/support/test_services.ts";
import { services } from "../descriptor.ts";
import type { IncomingStream } from "./incoming_streams.ts";
import { refusedStream } from "./refused_stream.ts";

const LIST = services.logMetadata.List.path;

/** A message with its head; compressed, or so it says. */
function frameOf(bytes: Uint8Array, { compressed = 0 }: { readonly compressed?: number } = {}): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(compressed);
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

/** Sends a call as no gRPC library would; resolves when the client's side of it is over. */
async function send(
  { port, certificates: { authority, client: { certPem: cert, keyPem: key } } }: RunningServer,
  { path = LIST, headers = {}, body }: {
    readonly path?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body: Uint8Array;
  },
): Promise<void> {
  const connection = http2.connect(`https://localhost:${port}`, { ca: authority.certPem, cert, key });
  const stream = connection.request({
    ":method": "POST",
    ":path": path,
    "content-type": "application/grpc",
    te: "trailers",
    ...headers,
  });
  stream.resume();
  stream.end(body);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  stream.on("close", resolve);
  stream.on("error", reject);
  await promise;
  connection.close();
}

Deno.test("a call that never reaches a handler is told with its method, its status and its client", async () => {
  await using running = await runServer([listing(() => listOf([]))]);
  const nothing = frameOf(new Uint8Array());
  const compressed = frameOf(new Uint8Array(30), { compressed: 1 });
  const calls = [
    { path: "/a.B/C%ü", body: nothing },
    { body: frameOf(new Uint8Array(3 << 20)) },
    { headers: { "grpc-encoding": "gzip" }, body: compressed },
    { headers: { "grpc-encoding": "zstd%41" }, body: compressed },
    { body: frameOf(Uint8Array.from([10, 200])) },
    { body: new Uint8Array() },
  ];
  for (const call of calls) await send(running, call);
  await send(running, { body: nothing });
  await eventually("the refusals are told", () => running.refused.length >= calls.length);
  assert.deepEqual(
    running.refused.map(({ method, status: { code, details }, peer }) => [method, code, details, peer.commonName])
      .toSorted(),
    [
      ["/a.B/C%ü", 12, "The server does not implement the method /a.B/C%ü"],
      [LIST, 8, "Received message larger than max (3145728 vs 65536)"],
      [LIST, 13, "Failed to decompress message"],
      [LIST, 12, 'Received message compressed with unsupported encoding "zstd%41"'],
      [LIST, 13, "Error deserializing request"],
      [LIST, 12, `Received no request message for server streaming method ${LIST}`],
    ].map((told) => [...told, "test-client"]).toSorted(),
  );
  assert.deepEqual(running.calls.ended.map(({ status: { code } }) => code), [0], "the last one is answered");
});

Deno.test("what a stream was answered is read as far as it can be, and no further", () => {
  const given = (sentHeaders: Record<string, unknown> | undefined): IncomingStream =>
    ({ stream: { sentHeaders }, peer: {}, rawMetadata: [] }) as unknown as IncomingStream;
  assert.equal(refusedStream(given(undefined)), undefined);
  assert.equal(refusedStream(given({ ":status": 415 })), undefined);
  for (
    const [text, details] of [
      [undefined, ""],
      ["100%", "100%"],
      ["50%25 off", "50% off"],
      ["%ff", "%ff"],
      ["%41".repeat(10_000), "A".repeat(682)],
    ]
  ) {
    assert.equal(refusedStream(given({ "grpc-status": 12, "grpc-message": text }))?.status.details, details);
  }
});
