import assert from "#assert";
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect as connectTcp } from "node:net";
import { Server } from "@grpc/grpc-js";
import { runServer } from "../../../tests/support/agent_server.ts";
import { makeCertificateFiles } from "../../../tests/support/certificate_files.ts";
import { createManualClock } from "../../../tests/support/manual_clock.ts";
import { readServerCredentials } from "../../../tests/support/server_credentials.ts";
import { listing, listOf } from "../../../tests/support/test_services.ts";
import { services } from "../descriptor.ts";
import { AgentHttp2Server } from "./http2_server.ts";
import { DEFAULT_TRANSPORT_LIMITS } from "./transport_limits.ts";

/** Answers with the values of the metadata entry that the request names, as log ids. */
const echo = listing(({ request: { namespaces: [name = ""] }, metadata }) => listOf(metadata(name)));

Deno.test("grpc-js makes its HTTP/2 server in createHttp2Server, and listens for sessions and streams once", async () => {
  assert.equal(Reflect.get(Server.prototype, "createHttp2Server")?.length, 1);
  await using certificates = await makeCertificateFiles();
  const credentials = await readServerCredentials(certificates);
  const grpcOnly = new Server({ "grpc.enable_channelz": 0 });
  const theirs = Reflect.get(grpcOnly, "createHttp2Server").call(grpcOnly, credentials);
  const ours = new AgentHttp2Server({}).createHttp2Server(credentials);
  for (const event of ["session", "stream"]) {
    assert.equal(theirs.listenerCount(event), 1, event);
    const [theirListener] = theirs.listeners(event).map(String);
    // Its streams begin in turns, when ours says so.
    const expected = event === "session" ? [theirListener] : [];
    const [first, ...rest] = ours.listeners(event).map(String);
    assert.notEqual(first, theirListener, event);
    assert.deepEqual(rest, expected, event);
  }
});

Deno.test("close does not wait for a connection that never says anything, when there is no other", async () => {
  await using certificates = await makeCertificateFiles();
  const server = new AgentHttp2Server({});
  const bound = Promise.withResolvers<number>();
  server.bindAsync("127.0.0.1:0", await readServerCredentials(certificates), (_, port) => bound.resolve(port));
  const silent = connectTcp(await bound.promise, "127.0.0.1");
  const closed = Promise.withResolvers<void>();
  silent.on("close", () => closed.resolve()).on("error", () => {});
  const [http2Server] = Reflect.get(server, "http2Servers").keys();
  await once(http2Server, "connection");
  await server.close({ signal: new AbortController().signal });
  await closed.promise;
});

Deno.test("each value of a repeated metadata entry arrives on its own, with its commas and blanks", async () => {
  await using running = await runServer([echo]);
  const groups = ["cn=a,ou=b", "plain", "", " between blanks ", "plain"];
  const { response } = await running.client().unary(services.logMetadata.List, { namespaces: ["x-remote-group"] }, {
    metadata: groups.map((group) => ["x-remote-group", group] as const),
  });
  assert.deepEqual(response?.items.map(({ id }) => id), groups);
});

Deno.test("somebody may be in a thousand groups", async () => {
  await using running = await runServer([echo]);
  const groups = Array.from({ length: 1_000 }, (_, number) => `group-${number}`);
  const answer = await running.client().unary(services.logMetadata.List, { namespaces: ["x-remote-group"] }, {
    metadata: groups.map((group) => ["x-remote-group", group] as const),
  });
  assert.equal(answer.code, "OK");
  assert.deepEqual(answer.response?.items.map(({ id }) => id), groups);
});

Deno.test("a metadata value that is not ASCII arrives, one character per byte", async () => {
  await using running = await runServer([echo]);
  const { authority, client: { certPem, keyPem } } = running.certificates;
  const session = connectHttp2(`https://localhost:${running.port}`, {
    ca: authority.certPem,
    cert: certPem,
    key: keyPem,
  });
  const { promise, resolve } = Promise.withResolvers<Buffer>();
  const request = session.request({
    ":method": "POST",
    ":path": services.logMetadata.List.path,
    "content-type": "application/grpc",
    "x-remote-user": "u-\u00fc",
  });
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk)).on("end", () => resolve(Buffer.concat(chunks)));
  const message = services.logMetadata.List.requestSerialize({ namespaces: ["x-remote-user"] });
  request.end(Buffer.concat([Buffer.from([0, 0, 0, 0, message.byteLength]), message]));
  const body = await promise;
  session.close();
  const { items } = services.logMetadata.List.responseDeserialize(body.subarray(5));
  assert.deepEqual(items.map(({ id }) => id), ["u-ü"]);
});

Deno.test("a connection that does not finish its TLS handshake is closed after 10 s, one that does stays", async () => {
  const clock = createManualClock();
  await using running = await runServer([echo], { clock });
  const client = running.client();
  const list = async (): Promise<string> =>
    (await client.unary(services.logMetadata.List, { namespaces: ["x-remote-group"] })).code;
  assert.equal(await list(), "OK");
  const silent = connectTcp(running.port, "127.0.0.1");
  const closed = Promise.withResolvers<void>();
  silent.on("close", () => closed.resolve()).on("error", () => {});
  // Connections are taken in their order.
  const another = running.client();
  assert.equal((await another.unary(services.logMetadata.List, { namespaces: ["x-remote-group"] })).code, "OK");
  clock.advance(10_000);
  await closed.promise;
  assert.equal(await list(), "OK");
  assert.deepEqual(running.tlsFailures.map(({ address, reason }) => [address, reason]), [
    ["127.0.0.1", "no TLS handshake within 10 s"],
  ]);
  assert.deepEqual(running.cuts, []);
});

Deno.test("a connection over a limit is destroyed, and nothing else of it is touched: TLS never sees it", async () => {
  await using certificates = await makeCertificateFiles();
  const limits = { ...DEFAULT_TRANSPORT_LIMITS, maxConnections: 0 };
  const refusals: string[] = [];
  const server = new AgentHttp2Server({}, { limits, onLimit: ({ limit }) => refusals.push(limit) })
    .createHttp2Server(await readServerCredentials(certificates));
  const touched: (string | symbol)[] = [];
  const socket = { remoteAddress: "10.0.0.1", on: () => {}, destroy: () => {} };
  server.emit(
    "connection",
    new Proxy(socket, {
      get: (target, name) => {
        touched.push(name);
        return Reflect.get(target, name);
      },
    }),
  );
  assert.deepEqual([touched, refusals], [["remoteAddress", "on", "destroy"], ["connections"]]);
});
