/**
 * The plain-HTTP address: `/livez`, `/readyz` and `/metrics`, to be asked by GET or HEAD, and nothing else.
 *
 * It shows nothing of logs, callers or settings, so it asks nobody who they are. Whatever a client does costs little:
 * a connection has one request and a few seconds, there are few connections in all and fewer of one client, a text is
 * made at most once a second, and requests above a rate wait.
 *
 * It listens through `node:net` and hands connections to `node:http`: `DENO_SERVE_ADDRESS` in the environment would
 * move the address of `Deno.serve`, and of an HTTP server that listens by itself, or open a second one.
 *
 * @module
 */
import http from "node:http";
import { createServer as createListener, type Server, type Socket } from "node:net";
import type { MetricsText } from "./metrics_text.ts";
import { createRequestRate } from "./_request_rate.ts";
import { createPeerLimit } from "./_peer_limit.ts";

/** A request's head is a few hundred bytes. */
const MAX_HEAD_BYTES = 8 * 1024;
/** From the first byte to the last, for a client that reads slowly as well. */
const CONNECTION_MS = 10_000;
/** Connections at once, of all clients … */
const MAX_CONNECTIONS = 64;
/** … and of one: a client that takes what it can get leaves some for the kubelet. */
const MAX_PER_CLIENT = 16;
/** So long a text of the metrics is good enough for others that ask. */
const TEXT_MS = 1_000;

/** Where to listen. */
export interface MetricsAddress {
  /** An IP address without brackets, or a name. */
  readonly host: string;
  /** 0: one that is free. */
  readonly port: number;
}

/** What is served, and the powers that are needed. */
export interface MetricsServerOptions {
  /** What is missing until the program is ready, a line each. */
  readonly missing: () => Promise<readonly string[]>;
  /** The metrics. */
  readonly text: MetricsText;
  /** Takes an error that a client gets as a 500. */
  readonly onError: (error: unknown) => void;
  /** Takes the address of a client whose connection was refused, since it or all have too many. */
  readonly onRefuse?: (client: string) => void;
  /** The time in milliseconds. @default {performance.now} */
  readonly clock?: () => number;
  /** The time that a connection may take, in milliseconds. @default {10_000} */
  readonly connectionMs?: number;
}

/** The address cannot be opened. */
export class MetricsAddressError extends Error {
  /** The class, as an error log shows it. */
  override readonly name = "MetricsAddressError";
}

/** A server. Disposing of it closes the address and all connections. */
export interface MetricsServer extends AsyncDisposable {
  /** The port. */
  readonly port: number;
}

/**
 * Opens the address.
 * @throws {MetricsAddressError} when it cannot be opened
 */
export async function openMetricsServer(
  address: MetricsAddress,
  options: MetricsServerOptions,
): Promise<MetricsServer> {
  const { onError, onRefuse = (): void => {}, connectionMs = CONNECTION_MS } = options;
  const answer = answerer(options);
  const requests = http.createServer(
    { maxHeaderSize: MAX_HEAD_BYTES },
    (request, response) => void answer(request, response),
  );
  // What is no HTTP gets no answer.
  requests.on("clientError", (_, socket) => socket.destroy());
  const limit = createPeerLimit<Socket>({ max: MAX_CONNECTIONS, maxPerPeer: MAX_PER_CLIENT });
  const server = createListener((socket) => {
    const client = socket.remoteAddress ?? "unknown";
    if (!limit.admit(socket, client)) {
      socket.destroy();
      onRefuse(client);
      return;
    }
    const timer = setTimeout(() => socket.destroy(), connectionMs);
    socket.on("close", () => {
      clearTimeout(timer);
      limit.release(socket);
    });
    requests.emit("connection", socket);
  });
  const port = await listen(server, address);
  server.on("error", onError);
  return {
    port,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of limit.admitted) socket.destroy();
      }),
  };
}

/** An answer. */
interface Answer {
  readonly status: number;
  readonly body: string;
  readonly contentType?: string;
  readonly allow?: string;
}

/** Returns what answers requests; it does not reject. */
function answerer(
  options: MetricsServerOptions,
): (request: http.IncomingMessage, response: http.ServerResponse) => Promise<void> {
  const { text, missing, onError, clock = () => performance.now() } = options;
  const rate = createRequestRate({ clock });
  const read = keptFor(TEXT_MS, { make: () => text.read(), clock });

  async function answerTo({ method, url = "" }: http.IncomingMessage): Promise<Answer> {
    if (method !== "GET" && method !== "HEAD") return { status: 405, body: "only GET and HEAD\n", allow: "GET, HEAD" };
    await rate.admit();
    switch (url.split("?", 1)[0]) {
      case "/livez":
        return { status: 200, body: "ok\n" };
      case "/readyz": {
        const lines = await missing();
        return lines.length === 0
          ? { status: 200, body: "ok\n" }
          : { status: 503, body: lines.map((line) => `${line}\n`).join("") };
      }
      case "/metrics":
        return { status: 200, body: await read(), contentType: text.contentType };
      default:
        return { status: 404, body: "not found\n" };
    }
  }

  return async (request, response) => {
    let answer: Answer;
    try {
      answer = await answerTo(request);
    } catch (error) {
      onError(error);
      answer = { status: 500, body: "internal error\n" };
    }
    const { status, body, contentType = "text/plain; charset=utf-8", allow } = answer;
    response.writeHead(status, {
      "content-type": contentType,
      "content-length": new TextEncoder().encode(body).length,
      "cache-control": "no-store",
      "connection": "close",
      ...(allow === undefined ? {} : { allow }),
    });
    response.end(body);
  };
}

/** Returns what `make` resolves to, made anew when the last one is older than so many milliseconds. */
function keptFor(
  ms: number,
  { make, clock }: { readonly make: () => Promise<string>; readonly clock: () => number },
): () => Promise<string> {
  let made: { readonly at: number; readonly text: Promise<string> } | undefined;
  return () => {
    if (made === undefined || clock() - made.at >= ms) made = { at: clock(), text: make() };
    return made.text;
  };
}

/** Listens, and resolves to the port. */
function listen(server: Server, { host, port }: MetricsAddress): Promise<number> {
  return new Promise((resolve, reject) => {
    const onError = (error: Error): void => {
      const where = `${host.includes(":") ? `[${host}]` : host}:${port}`;
      reject(
        new MetricsAddressError(`Cannot open the address of metrics "${where}": ${error.message}`, { cause: error }),
      );
    };
    server.once("error", onError);
    server.listen({ host, port }, () => {
      server.off("error", onError);
      const bound = server.address();
      resolve(bound === null || typeof bound === "string" ? port : bound.port);
    });
  });
}
