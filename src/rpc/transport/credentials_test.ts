import assert from "#assert";
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls, type ConnectionOptions } from "node:tls";
import { issue, makeAuthority } from "../../../tests/fakes/certificates.ts";
import { type RunningServer, runServer } from "../../../tests/support/agent_server.ts";
import { listing, listOf } from "../../../tests/support/test_services.ts";
import { peerIdentity } from "./credentials.ts";
import { services } from "../descriptor.ts";

/** Shakes hands by TLS, speaks HTTP/2's first words, and tells whether the server said something back. */
async function handshake(running: RunningServer, options: ConnectionOptions): Promise<string> {
  const socket = connectTls({
    host: "127.0.0.1",
    port: running.port,
    servername: "localhost",
    ca: running.certificates.authority.certPem,
    ALPNProtocols: ["h2"],
    ...options,
  });
  let agreed = "";
  socket.on("secureConnect", () => {
    agreed = `${socket.alpnProtocol} ${socket.getProtocol()}`;
    speak(socket);
  });
  return await firstAnswer(socket) === undefined ? "refused" : agreed;
}

const settingsFrame = "\0\0\0\x04\0\0\0\0\0";

function speak(socket: Socket): void {
  socket.write(`PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${settingsFrame}`);
}

async function firstAnswer(socket: Socket): Promise<Uint8Array | undefined> {
  const { promise, resolve } = Promise.withResolvers<Uint8Array | undefined>();
  const closed = Promise.withResolvers<void>();
  socket.on("data", (bytes: Uint8Array) => resolve(bytes)).on("error", () => {}).on("close", () => {
    resolve(undefined);
    closed.resolve();
  });
  const answer = await promise;
  socket.destroy();
  await closed.promise;
  return answer;
}

Deno.test("the server takes TLS 1.2 and 1.3 with h2, from clients that one of its authorities has signed", async () => {
  await using running = await runServer([]);
  const { authority, client } = running.certificates;
  const shown = { cert: client.certPem, key: client.keyPem };
  const day = 86_400_000;
  const past = { notBefore: new Date(Date.now() - 2 * day), notAfter: new Date(Date.now() - day) };
  const show = async (
    from: typeof authority,
    options: Partial<Parameters<typeof issue>[1]>,
  ): Promise<ConnectionOptions> => {
    const leaf = await issue(from, { commonName: "test-client", usages: ["client"], ...options });
    return { cert: leaf.certPem, key: leaf.keyPem };
  };
  const answers = {
    plain: await handshake(running, shown),
    newest: await handshake(running, { ...shown, minVersion: "TLSv1.3" }),
    older: await handshake(running, { ...shown, maxVersion: "TLSv1.2" }),
    otherName: await handshake(running, await show(authority, { commonName: "rogue" })),
    noName: await handshake(running, await show(authority, { commonName: [] })),
    bothProtocols: await handshake(running, { ...shown, ALPNProtocols: ["http/1.1", "h2"] }),
    http1: await handshake(running, { ...shown, ALPNProtocols: ["http/1.1"] }),
    noCertificate: await handshake(running, {}),
    noCertificateOlder: await handshake(running, { maxVersion: "TLSv1.2" }),
    expired: await handshake(running, await show(authority, past)),
    forServers: await handshake(running, await show(authority, { usages: ["server"] })),
    otherAuthority: await handshake(running, await show(await makeAuthority("Other authority"), {})),
  };
  assert.deepEqual(answers, {
    plain: "h2 TLSv1.3",
    newest: "h2 TLSv1.3",
    older: "h2 TLSv1.2",
    otherName: "h2 TLSv1.3",
    noName: "h2 TLSv1.3",
    bothProtocols: "h2 TLSv1.3",
    http1: "refused",
    noCertificate: "refused",
    noCertificateOlder: "refused",
    expired: "refused",
    forServers: "refused",
    otherAuthority: "refused",
  });
  assert.equal((await running.client().unary(services.health.Check, { service: "" })).code, "OK");
});

Deno.test("connections that never speak TLS leave the server as it was", async () => {
  await using running = await runServer([]);
  for (let knock = 0; knock < 25; knock++) {
    const socket = connectTcp(running.port, "127.0.0.1");
    const { promise, resolve } = Promise.withResolvers<void>();
    socket.on("connect", () => socket.destroy()).on("close", () => resolve());
    await promise;
  }
  const plain = connectTcp(running.port, "127.0.0.1");
  plain.on("connect", () => speak(plain));
  const answer = await firstAnswer(plain);
  assert.notEqual(answer?.[3], 4, "settings in plain text");
  assert.equal((await running.client().unary(services.health.Check, { service: "" })).code, "OK");
  assert.deepEqual(running.reports, []);
});

Deno.test("peerIdentity takes the first common name of a certificate", async () => {
  await using running = await runServer([
    listing(({ peer }) => listOf([peer.hasCertificate ? "certificate" : "none", peer.commonName ?? "no name"])),
  ]);
  const { authority } = running.certificates;
  const shown = async (commonName: string | string[]): Promise<string[] | undefined> => {
    const client = running.client(await issue(authority, { commonName, usages: ["client"] }));
    const { response } = await client.unary(services.logMetadata.List, { namespaces: [] });
    return response?.items.map(({ id }) => id);
  };
  assert.deepEqual(await shown("one"), ["certificate", "one"]);
  assert.deepEqual(await shown(["first", "second"]), ["certificate", "first"]);
  assert.deepEqual(await shown([]), ["certificate", "no name"]);
  assert.deepEqual(await shown(""), ["certificate", ""]);
});

Deno.test("peerIdentity knows nobody where clients need no certificate, and their calls are served", async () => {
  await using running = await runServer([
    listing(({ peer }) => listOf([String(peer.hasCertificate), String(peer.commonName)])),
  ], {
    clientAuth: "none",
  });
  for (const leaf of [null, running.certificates.client]) {
    const { response, code, details } = await running.client(leaf).unary(services.logMetadata.List, { namespaces: [] });
    assert.deepEqual([code, details], ["OK", "OK"]);
    assert.deepEqual(response?.items.map(({ id }) => id), ["false", "undefined"]);
  }
});

Deno.test("peerIdentity reads what Deno's TLS gives, whatever its declared type says", () => {
  const socket = (certificate: unknown): Parameters<typeof peerIdentity>[0] => ({
    authorized: true,
    getPeerCertificate: () => certificate as never,
  });
  const unnamed = { hasCertificate: true, commonName: undefined };
  const none = { hasCertificate: false, commonName: undefined };
  const raw = new Uint8Array(1);
  assert.deepEqual(peerIdentity(socket({ raw, subject: { CN: ["a", "b"] } })), {
    hasCertificate: true,
    commonName: "a",
  });
  assert.deepEqual(peerIdentity(socket({ raw, subject: {} })), unnamed);
  assert.deepEqual(peerIdentity(socket({ raw })), unnamed);
  assert.deepEqual(peerIdentity(socket({})), none);
  assert.deepEqual(peerIdentity(socket(null)), none);
  assert.deepEqual(peerIdentity({}), none);
  assert.deepEqual(peerIdentity({ ...socket({ raw, subject: { CN: "a" } }), authorized: false }), none);
});
