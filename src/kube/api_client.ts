/**
 * Requests to the API server: one request, one answer – of bounded size and complete, or as it comes.
 *
 * Owns the connections. Promises that only the configured authorities are trusted, that a request with a caller's
 * token shows nothing of this program's own credentials and shares no connection with those that do, and that every
 * request ends when its signal says so. Does not judge answers and does not try again.
 *
 * It speaks HTTP/1.1 through `node:https`: `fetch` trusts the platform's authorities beside the configured ones and has
 * neither `tls-server-name` nor `insecure-skip-tls-verify`, and `node:http2` as a client can end the process.
 *
 * @module
 */
import http from "node:http";
import https from "node:https";
import type { KubeConfig, KubeCredentials } from "./credentials.ts";
import { KubeRequestError } from "./errors.ts";

/** One request. */
export interface KubeRequest {
  /** The HTTP method. */
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** The path of the API, from `/api` or `/apis` on. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** The kinds of answer that are understood, best ones first. @default {"application/json"} */
  readonly accept?: string;
  /** A caller's token, to be used in place of all credentials of the configuration. */
  readonly bearer?: string;
  /** Ends the request; its reason is thrown. */
  readonly signal: AbortSignal;
}

/** What came back, whatever the status. */
export interface KubeAnswer {
  /** The HTTP status. */
  readonly status: number;
  /** The body, complete. */
  readonly body: string;
}

/** An answer that is still coming. Disposing of it ends its connection, unless it was read to its end. */
export interface KubeStream extends Disposable {
  /** The HTTP status. */
  readonly status: number;
  /** The body, to be read once, as it comes; a piece is good until the next one is asked for. Throws the reason of the request's signal, or a `KubeRequestError`. */
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** A door to one API server. */
export interface KubeClient {
  /** Sends one request. Throws a `KubeRequestError` where no complete answer came. */
  request(request: KubeRequest): Promise<KubeAnswer>;
  /**
   * Sends one request, and resolves when an answer begins. However long it is and however long it takes, it ends with
   * the request's signal. Throws a `KubeRequestError` where none came.
   */
  stream(request: KubeRequest): Promise<KubeStream>;
  /** Closes idle connections; those in use end with their requests. */
  [Symbol.dispose](): void;
}

/** Limits of a {@linkcode KubeClient}. */
export interface KubeClientOptions {
  /** Answers longer than this are an error. @default {1_048_576} */
  readonly maxAnswerBytes?: number;
  /** Requests beyond this number wait for a connection. @default {32} */
  readonly maxConnections?: number;
}

/** Opens the door; the first connection is made by the first request. */
export function createKubeClient(config: KubeConfig, options: KubeClientOptions = {}): KubeClient {
  const { maxAnswerBytes = 1 << 20, maxConnections = 32 } = options;
  const plain = config.server.protocol === "http:";
  // Idle connections go well before the API server (90 s) or a balancer on the way (60 s) cuts them under a request.
  const pooling = { keepAlive: true, maxSockets: maxConnections, timeout: 20_000 };
  const pool = (): http.Agent => plain ? new http.Agent(pooling) : new https.Agent(pooling);
  const pools = { own: pool(), callers: pool() };

  async function send(request: KubeRequest): Promise<Sent> {
    const { signal, accept = "application/json" } = request;
    signal.throwIfAborted();
    const credentials = await unlessAborted(credentialsOf(config), signal);
    const options = {
      ...target(config.server, request),
      ...trust(credentials),
      ...(request.bearer === undefined ? ownIdentity(credentials) : {}),
      // Its limit on idle connections cuts none that waits for more of an answer.
      agent: request.bearer === undefined ? pools.own : pools.callers,
    };
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    const headers = {
      accept,
      "user-agent": "cluster-agent",
      ...(body === undefined ? {} : {
        "content-type": "application/json",
        "content-length": byteLength(body),
      }),
      ...(request.bearer === undefined ? credentials.headers : { authorization: `Bearer ${request.bearer}` }),
    };
    const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
    const failed = Promise.withResolvers<never>();
    failed.promise.catch(() => {}); // It may come when nobody waits for it any more.
    const outgoing = begin(() => (plain ? http : https).request({ ...options, headers }));
    // The platform sends a request once more, unasked, when a used connection breaks under it. Whether a request may be
    // put twice is for those to say who put it.
    outgoing.on("socket", () => outgoing.reusedSocket = false);
    outgoing.on("response", resolve);
    outgoing.on("error", (cause) => {
      const error = unreachable(cause);
      reject(error);
      failed.reject(error);
    });
    outgoing.end(body);
    return { outgoing, incoming: promise, failed: failed.promise };
  }

  async function request(request: KubeRequest): Promise<KubeAnswer> {
    const { outgoing, incoming, failed } = await send(request);
    const answer = incoming.then((message) => collect(message, maxAnswerBytes));
    try {
      return await unlessAborted(Promise.race([answer, failed]), request.signal);
    } catch (error) {
      // Its connection goes with it: what else may arrive there belongs to nobody.
      outgoing.destroy();
      throw error;
    }
  }

  async function stream(request: KubeRequest): Promise<KubeStream> {
    const { outgoing, incoming } = await send(request);
    const destroy = (): void => void outgoing.destroy();
    try {
      const message = await unlessAborted(incoming, request.signal);
      return {
        status: message.statusCode ?? 0,
        chunks: chunksOf(message, { signal: request.signal, destroy }),
        [Symbol.dispose]: () => {
          if (!message.complete) destroy();
        },
      };
    } catch (error) {
      destroy();
      throw error;
    }
  }

  return {
    request,
    stream,
    [Symbol.dispose]: () => {
      pools.own.destroy();
      pools.callers.destroy();
    },
  };
}

/** A request on its way. */
interface Sent {
  readonly outgoing: http.ClientRequest;
  readonly incoming: Promise<http.IncomingMessage>;
  /** Rejects when the connection fails, be it in the middle of the answer. */
  readonly failed: Promise<never>;
}

async function credentialsOf(config: KubeConfig): Promise<KubeCredentials> {
  try {
    return await config.credentials();
  } catch (cause) {
    throw new KubeRequestError("Cannot read credentials for the API server", {
      failure: "unreachable",
      cause,
    });
  }
}

/** A missing permission or a header that cannot be sent is told at once, not by an event. */
function begin(start: () => http.ClientRequest): http.ClientRequest {
  try {
    return start();
  } catch (cause) {
    throw unreachable(cause);
  }
}

function target(server: URL, request: KubeRequest): https.RequestOptions {
  return {
    method: request.method,
    host: server.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: server.port || (server.protocol === "http:" ? 80 : 443),
    path: server.pathname.replace(/\/$/, "") + request.path,
  };
}

function trust({ ca, serverName, verify }: KubeCredentials): https.RequestOptions {
  return {
    rejectUnauthorized: verify,
    // Without a list, or with an empty text, the platform's authorities would be taken; that also needs a permission.
    ...(ca !== undefined ? { ca: [ca] } : verify ? {} : { ca: [] }),
    ...(serverName === undefined ? {} : { servername: serverName }),
  };
}

function ownIdentity({ certificate, key }: KubeCredentials): https.RequestOptions {
  return certificate === undefined || key === undefined ? {} : { cert: certificate, key };
}

async function collect(incoming: http.IncomingMessage, maxBytes: number): Promise<KubeAnswer> {
  const decoder = new TextDecoder();
  let body = "";
  let size = 0;
  try {
    for await (const chunk of incoming as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      if (size > maxBytes) throw tooLong(maxBytes);
      body += decoder.decode(chunk, { stream: true });
    }
  } catch (error) {
    throw error instanceof KubeRequestError ? error : unreachable(error);
  }
  return { status: incoming.statusCode ?? 0, body: body + decoder.decode() };
}

async function* chunksOf(
  incoming: http.IncomingMessage,
  { signal, destroy }: { readonly signal: AbortSignal; readonly destroy: () => void },
): AsyncGenerator<Uint8Array> {
  signal.addEventListener("abort", destroy);
  try {
    signal.throwIfAborted();
    for await (const chunk of incoming as AsyncIterable<Uint8Array>) {
      yield chunk;
      giveBack(chunk);
    }
    signal.throwIfAborted();
  } catch (error) {
    signal.throwIfAborted();
    throw unreachable(error);
  } finally {
    signal.removeEventListener("abort", destroy);
    if (!incoming.complete) destroy();
  }
}

/**
 * Frees a piece's memory now. It is not the engine's, and small objects that hold such pieces are collected late: of a
 * long answer more than a hundred megabytes would wait for that.
 */
function giveBack(chunk: Uint8Array): void {
  const { buffer, byteLength } = chunk;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}

function tooLong(maxBytes: number): KubeRequestError {
  const message = `Cannot read answer of the API server: longer than ${maxBytes} bytes`;
  return new KubeRequestError(message, { failure: "unreadable" });
}

function unreachable(cause: unknown): KubeRequestError {
  return new KubeRequestError("Cannot reach the API server", { failure: "unreachable", cause });
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** The outcome of `promise`, or the signal's reason if that comes first; the listener does not outlive the wait. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason);
  signal.addEventListener("abort", onAbort);
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
    promise.catch(() => {}); // The loser of the race may still fail; whoever waited has had an answer.
  }
}
