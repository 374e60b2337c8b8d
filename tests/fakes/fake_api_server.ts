/**
 * A stand-in for the API server, for tests: real HTTPS on a port of its own, and answers – or silence – as a test
 * wants.
 *
 * Client certificates are asked for and reported, not demanded. Every request is kept, with the number of the
 * connection that it came on.
 *
 * @module
 */
import type { IncomingMessage } from "node:http";
import https from "node:https";
import type { TLSSocket } from "node:tls";
import { listenLasting } from "../support/lasting_port.ts";
import { type Authority, issue, makeAuthority } from "./certificates.ts";
import type { KubeConfig, KubeCredentials } from "../../src/kube/credentials.ts";

/** A request, as the stand-in saw it. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: unknown;
  /** The common name of the client certificate, if one was shown. */
  readonly clientName: string | undefined;
  /** Which connection it came on, from 1. */
  readonly connection: number;
}

/**
 * What to do with a request: answer, answer with a status of the kind that was asked for, answer half, never answer, or
 * reset or close the connection.
 */
export type Reply =
  | { readonly review: unknown }
  | { readonly status: number; readonly body: string; readonly headers?: Readonly<Record<string, string>> }
  | { readonly status: number; readonly half: string }
  | "hang"
  | "reset"
  | "close";

/** A running stand-in. */
export interface FakeApiServer extends AsyncDisposable {
  readonly port: number;
  readonly seen: SeenRequest[];
  /** Who signed its certificate. */
  readonly authority: Authority;
  /** Resolves when the connection of that number is closed. */
  closed(connection: number): Promise<void>;
  /** Closes the port and every connection. */
  stop(): Promise<void>;
}

/** How a stand-in is started. */
export interface FakeApiServerOptions {
  /** The answer to each request. */
  readonly answer: (request: SeenRequest) => Reply | Promise<Reply>;
  /** Who signs its certificate. @default one that all share */
  readonly authority?: Authority;
  /** A port of an earlier one, to come back on it. @default {a free one} */
  readonly port?: number;
  /** Names in its certificate. @default {["127.0.0.1", "localhost"]} */
  readonly names?: readonly string[];
}

const sharedAuthority = await makeAuthority("stand-in authority");

/** Starts a stand-in on the loopback address. */
export async function startFakeApiServer(options: FakeApiServerOptions): Promise<FakeApiServer> {
  const { answer, authority = sharedAuthority, port, names = ["127.0.0.1", "localhost"] } = options;
  const leaf = await issue(authority, { commonName: "api-server", names, usages: ["server"] });
  const seen: SeenRequest[] = [];
  const connections = new Map<unknown, number>();
  const closings: Promise<void>[] = [];
  const server = https.createServer({
    cert: leaf.certPem,
    key: leaf.keyPem,
    ca: authority.certPem,
    requestCert: true,
    rejectUnauthorized: false,
  });
  server.on("secureConnection", (socket: TLSSocket) => {
    connections.set(socket, connections.size + 1);
    closings.push(new Promise((resolve) => socket.once("close", () => resolve())));
  });
  server.on("request", async (incoming, outgoing) => {
    const text = await bodyOf(incoming);
    if (text === undefined) return;
    const socket = incoming.socket as TLSSocket;
    const name: unknown = socket.getPeerCertificate?.()?.subject?.CN;
    const request: SeenRequest = {
      method: incoming.method ?? "",
      path: incoming.url ?? "",
      headers: incoming.headers,
      body: text === "" ? undefined : JSON.parse(text),
      clientName: typeof name === "string" ? name : undefined,
      connection: connections.get(socket) ?? 0,
    };
    seen.push(request);
    const reply = await answer(request);
    if (reply === "hang") return;
    if (reply === "reset") {
      socket.destroy();
    } else if (reply === "close") {
      socket.end();
    } else if ("review" in reply) {
      outgoing.writeHead(201, { "content-type": "application/json" });
      const { apiVersion, kind } = Object(request.body);
      outgoing.end(JSON.stringify({ apiVersion, kind, status: reply.review }));
    } else if ("half" in reply) {
      outgoing.writeHead(reply.status, { "content-length": reply.half.length + 10 });
      outgoing.write(reply.half, () => socket.destroy());
    } else {
      outgoing.writeHead(reply.status, { "content-type": "application/json", ...reply.headers });
      outgoing.end(reply.body);
    }
  });
  const bound = await listenLasting(server, port);

  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> =>
    stopping ??= new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return {
    port: bound,
    seen,
    authority,
    closed: (connection) => closings[connection - 1] ?? Promise.reject(new Error(`no connection ${connection}`)),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** The body of a request; nothing where the client has gone before it was whole. */
async function bodyOf(incoming: IncomingMessage): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of incoming) chunks.push(chunk);
  } catch (error) {
    // The client has gone, maybe right after its last byte.
    if (!(error instanceof Error && "code" in error && error.code === "ECONNRESET")) throw error;
    if (!incoming.complete) return undefined;
  }
  return new TextDecoder().decode(await new Blob(chunks as BlobPart[]).arrayBuffer());
}

/** A configuration that leads to `standIn`: its authority and the token `agent-token`, unless said otherwise. */
export function configFor(standIn: FakeApiServer, credentials: Partial<KubeCredentials> = {}): KubeConfig {
  const { port, authority } = standIn;
  return configOf(`https://127.0.0.1:${port}`, () => ({
    ca: authority.certPem,
    headers: { authorization: "Bearer agent-token" },
    ...credentials,
  }));
}

/** A configuration that leads to `url`, with credentials that are asked for each time. @default none are shown */
export function configOf(url: string, credentials: () => Partial<KubeCredentials> = () => ({})): KubeConfig {
  return {
    source: "test",
    server: new URL(url),
    credentials: () =>
      Promise.resolve({
        ca: undefined,
        serverName: undefined,
        verify: true,
        certificate: undefined,
        key: undefined,
        headers: {},
        ...credentials(),
      }),
  };
}

/** An access review's answer. */
export function reviewReply(status: unknown): Reply {
  return { review: status };
}
