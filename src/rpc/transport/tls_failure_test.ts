import assert from "#assert";
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls, type ConnectionOptions } from "node:tls";
import { issue, makeAuthority } from "../../../tests/fakes/certificates.ts";
import { inTime } from "../../../tests/support/in_time.ts";
import { type RunningServer, runServer } from "../../../tests/support/agent_server.ts";
import { services } from "../descriptor.ts";

/** Waits until the server has ended a client's connection. */
async function over(socket: Socket): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.on("error", () => {}).on("end", () => resolve()).on("close", () => resolve()).resume();
  try {
    await inTime(() => "the server closes the connection", promise);
  } finally {
    socket.destroy();
  }
}

async function knock(running: RunningServer, options: ConnectionOptions, words = ""): Promise<void> {
  const socket = connectTls({
    host: "127.0.0.1",
    port: running.port,
    servername: "localhost",
    ca: running.certificates.authority.certPem,
    ALPNProtocols: ["h2"],
    ...options,
  });
  socket.on("secureConnect", () => socket.write(words, "latin1"));
  await over(socket);
}

Deno.test("a handshake that fails is told with the address, the reason and what is often behind it", async () => {
  await using running = await runServer([]);
  const { client, keyFile } = running.certificates;
  const shown = { cert: client.certPem, key: client.keyPem };
  const elsewhere = await makeAuthority("Other authority");
  const stranger = await issue(elsewhere, { commonName: "stranger", usages: ["client"] });
  await knock(running, {});
  await knock(running, { cert: stranger.certPem, key: stranger.keyPem });
  await knock(running, { ...shown, ca: elsewhere.certPem });
  await knock(running, { ...shown, ALPNProtocols: ["http/1.1"] });
  const plain = connectTcp(running.port, "127.0.0.1");
  plain.write("GET / HTTP/1.1\r\n\r\n");
  await over(plain);
  // The answer to a call comes after what was told before it.
  assert.equal((await running.client().unary(services.health.Check, { service: "" })).code, "OK");

  assert.deepEqual(new Set(running.tlsFailures.map(({ address }) => address)), new Set(["127.0.0.1"]));
  assert.deepEqual(running.tlsFailures.map(({ reason, advice }) => [reason.slice(0, 30), advice?.slice(0, 22)]), [
    ["peer sent no certificates", "Give the client a cert"],
    ["the connection ended in the ha", "Check that tls.ca-file"],
    ["received fatal alert: UnknownC", "Give the client the au"],
    ["peer doesn't support any known", undefined],
    ["received corrupt message of ty", "The client does not sp"],
  ]);
  // Rustls takes no certificate of version 1, as `openssl x509 -req` makes it without extensions.
  assert.match(running.tlsFailures[1]?.advice ?? "", /X\.509 version 3/);
  const told = JSON.stringify(running.tlsFailures);
  for (const secret of [stranger.keyPem, client.keyPem, await Deno.readTextFile(keyFile)]) {
    const [, line = ""] = secret.split("\n");
    assert.ok(line.length > 20 && !told.includes(line));
  }
});

Deno.test("a client that has not agreed on h2, or does not speak it, is told and its connection closed", async () => {
  await using running = await runServer([]);
  const { client } = running.certificates;
  const shown = { cert: client.certPem, key: client.keyPem };
  await knock(running, { ...shown, ALPNProtocols: [] });
  await knock(running, shown, "hello\r\n".repeat(5));
  assert.equal((await running.client().unary(services.health.Check, { service: "" })).code, "OK");
  assert.deepEqual(running.tlsFailures.map(({ message, address }) => [message, address]), [
    ["HTTP/2 connection failed", "127.0.0.1"],
    ["HTTP/2 connection failed", "127.0.0.1"],
  ]);
  const [first, second] = running.tlsFailures;
  assert.match(first?.advice ?? "", /ALPN/);
  assert.match(second?.reason ?? "", /magic/);
});

Deno.test("a connection that closes before it sends a byte, as probes do, is no failure", async () => {
  await using running = await runServer([]);
  for (let probe = 0; probe < 10; probe++) {
    const socket = connectTcp(running.port, "127.0.0.1");
    socket.on("connect", () => socket.destroy());
    await over(socket);
  }
  assert.equal((await running.client().unary(services.health.Check, { service: "" })).code, "OK");
  assert.deepEqual(running.tlsFailures, []);
});
