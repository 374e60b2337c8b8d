import assert from "#assert";
import net from "node:net";
import tls from "node:tls";
import type { AddressInfo } from "node:net";
import { issue, makeAuthority } from "../../tests/fakes/certificates.ts";
import { configOf } from "../../tests/fakes/fake_api_server.ts";
import { eventually } from "../../tests/support/eventually.ts";
import { createReviewer, type ReviewSubject } from "./access_review.ts";
import type { KubeConfig } from "./credentials.ts";
import { type KubeFailure, KubeRequestError } from "./errors.ts";

const alice: ReviewSubject = { kind: "identity", identity: { user: "alice", groups: [], extra: {} } };
const signal = new AbortController().signal;
const authority = await makeAuthority("hostile");
const leaf = await issue(authority, { commonName: "api-server", names: ["127.0.0.1"], usages: ["server"] });

/** What a server does with a connection, once the client has said something. */
type Behave = (socket: net.Socket) => void;

interface HostileServer extends AsyncDisposable {
  readonly config: KubeConfig;
  /** Connections that are open. */
  readonly open: ReadonlySet<net.Socket>;
}

/** A server that speaks what it likes, with TLS or without. */
async function startHostileServer(behave: Behave, { isTls }: { readonly isTls: boolean }): Promise<HostileServer> {
  const open = new Set<net.Socket>();
  const onSocket = (socket: net.Socket): void => {
    open.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => open.delete(socket));
    socket.once("data", () => behave(socket));
  };
  const server = isTls
    ? tls.createServer({ cert: leaf.certPem, key: leaf.keyPem }, onSocket)
    : net.createServer(onSocket);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    open,
    config: configOf(`https://127.0.0.1:${(server.address() as AddressInfo).port}`, () => ({ ca: authority.certPem })),
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Writes `text` again and again, until the connection is closed. */
function endless(socket: net.Socket, text: string): void {
  const more = (): void => {
    if (socket.destroyed) return;
    if (socket.write(text)) setImmediate(more);
    else socket.once("drain", more);
  };
  more();
}

const HEAD = "HTTP/1.1 201 Created\r\ncontent-type: application/json\r\n";
const ALLOWED = '{"apiVersion":"authorization.k8s.io/v1","kind":"SubjectAccessReview","status":{"allowed":true}}';

const rows: readonly {
  readonly name: string;
  readonly isTls?: boolean;
  readonly behave: Behave;
  readonly failure: KubeFailure;
}[] = [
  { name: "says nothing to a TLS handshake", isTls: false, behave: () => {}, failure: "timeout" },
  { name: "speaks no TLS", isTls: false, behave: (socket) => socket.end(`${HEAD}\r\n{}`), failure: "unreachable" },
  {
    name: "sends noise in place of TLS",
    isTls: false,
    behave: (s) => endless(s, "\u0016\u0003"),
    failure: "unreachable",
  },
  { name: "closes amid the handshake", isTls: false, behave: (socket) => socket.end(), failure: "unreachable" },
  {
    name: "resets amid the handshake",
    isTls: false,
    behave: (socket) => socket.resetAndDestroy(),
    failure: "unreachable",
  },
  { name: "never answers", behave: () => {}, failure: "timeout" },
  { name: "answers no HTTP", behave: (socket) => socket.end("SSH-2.0-OpenSSH_9.6\r\n"), failure: "unreachable" },
  { name: "answers noise without end", behave: (socket) => endless(socket, "\0\r\n"), failure: "unreachable" },
  { name: "closes without an answer", behave: (socket) => socket.end(), failure: "unreachable" },
  {
    name: "sends headers without end",
    behave: (socket) => {
      socket.write(HEAD);
      endless(socket, `x-more: ${"x".repeat(1_000)}\r\n`);
    },
    failure: "unreachable",
  },
  {
    name: "says without end that the request may go on",
    behave: (socket) => endless(socket, "HTTP/1.1 100 Continue\r\n\r\n"),
    failure: "timeout",
  },
  {
    name: "stops amid the headers",
    behave: (socket) => void socket.write(`${HEAD}x-more:`),
    failure: "timeout",
  },
  {
    name: "sends a body without end",
    behave: (socket) => {
      socket.write(`${HEAD}\r\n`);
      endless(socket, " ".repeat(16_384));
    },
    failure: "unreadable",
  },
  {
    name: "sends chunks without end",
    behave: (socket) => {
      socket.write(`${HEAD}transfer-encoding: chunked\r\n\r\n`);
      endless(socket, `4000\r\n${" ".repeat(0x4000)}\r\n`);
    },
    failure: "unreadable",
  },
  {
    name: "sends a body byte by byte",
    behave: (socket) => {
      socket.write(`${HEAD}content-length: 100000\r\n\r\n`);
      const one = (): void => {
        if (!socket.destroyed) socket.write(" ", () => setTimeout(one, 1));
      };
      one();
    },
    failure: "timeout",
  },
  {
    name: "closes amid a body that could pass for whole",
    behave: (socket) => socket.end(`${HEAD}content-length: ${ALLOWED.length + 1}\r\n\r\n${ALLOWED}`),
    failure: "unreachable",
  },
  {
    name: "resets amid a body that could pass for whole",
    behave: (socket) =>
      void socket.write(
        `${HEAD}transfer-encoding: chunked\r\n\r\n${ALLOWED.length.toString(16)}\r\n${ALLOWED}\r\n`,
        () => socket.resetAndDestroy(),
      ),
    failure: "unreachable",
  },
  {
    name: "says that its body is of a negative length",
    behave: (socket) => socket.end(`${HEAD}content-length: -1\r\n\r\n${ALLOWED}`),
    failure: "unreachable",
  },
];

Deno.test.each(rows)("review() fails in time where the API server $name, and keeps no connection", async (row) => {
  await using server = await startHostileServer(row.behave, { isTls: row.isTls ?? true });
  // Those that end by the limit do not wait for the usual one.
  using reviewer = createReviewer(server.config, { limitMs: row.failure === "timeout" ? 200 : 60_000 });
  await assert.rejects(reviewer.review(alice, { signal }), (error: unknown) => {
    if (!(error instanceof KubeRequestError)) throw error;
    assert.equal(error.failure, row.failure, `${error.message}: ${error.cause}`);
    return true;
  });
  await eventually("the connection is closed", () => server.open.size === 0);
});
