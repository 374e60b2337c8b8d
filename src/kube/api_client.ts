/**
 * Requests to the API server: one request, one answer – of bounded size and complete, or as it comes.
 *
 * Owns the connections, which go straight to the server. Promises that only the configured authorities are trusted,
 * whatever the environment says, that a request with a caller's token shows nothing of this program's own credentials
 * and shares no connection with those that do, that every request ends when its signal says so, and that a GET
 * survives a kept connection that breaks under it: servers and balancers close idle connections, and a request may
 * just have left. Does not judge answers.
 *
 * It speaks HTTP/1.1 through `node:https`: `fetch` trusts the platform's authorities beside the configured ones and has
 * neither `tls-server-name` nor `insecure-skip-tls-verify`, and `node:http2` as a client can end the process.
 *
 * @module
 */
import http from "node:http";
import https from "node:https";
import { abortable } from "../scheduling/abortable.ts";
import { begin, isReplaced, type Outgoing, unreachable } from "./_outgoing.ts";
import { statusIn } from "./_responses.ts";
import { retryAfterMs } from "./_retry_after.ts";
import type { KubeConfig } from "./credentials.ts";
import { KubeRequestError } from "./errors.ts";
import type { KubeRequest } from "./kube_request.ts";

export type { KubeRequest } from "./kube_request.ts";

/** What came back, whatever the status. */
export interface KubeAnswer {
  /** The HTTP status. */
  readonly status: number;
  /** The body, complete. */
  readonly body: string;
  /** Milliseconds for which the server wants to be left alone, where it says so; at most a minute. */
  readonly retryAfterMs: number | undefined;
  /** When the server answered by its own clock, as an HTTP date. */
  readonly date?: string | undefined;
}

/** An answer that is still coming. Disposing of it ends its connection, unless it was read to its end. */
export interface KubeStream extends Disposable {
  /** The HTTP status. */
  readonly status: number;
  /** As in {@linkcode KubeAnswer}. */
  readonly retryAfterMs?: number | undefined;
  /**
   * The body, to be read once, as it comes; a piece is good until the next one is asked for. Throws the reason of the
   * request's signal, or a `KubeRequestError`.
   */
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
  /** Whether connections without a request are kept for the next one. @default {true} */
  readonly keepsConnections?: boolean;
}

/**
 * No proxy, whatever `NODE_USE_ENV_PROXY` and `HTTPS_PROXY` say in the environment of the pod. The types do not have it
 * yet.
 */
const DIRECT: Readonly<Record<string, unknown>> = { proxyEnv: {} };

/** Opens the door; the first connection is made by the first request. */
export function createKubeClient(config: KubeConfig, options: KubeClientOptions = {}): KubeClient {
  const { maxAnswerBytes = 1 << 20, maxConnections = 32, keepsConnections = true } = options;
  const plain = config.server.protocol === "http:";
  // Idle connections go well before the API server (90 s) or a balancer on the way (60 s) cuts them under a request.
  const pooling = { keepAlive: true, maxSockets: maxConnections, timeout: 20_000 };
  const pools = (options: http.AgentOptions): Pools => {
    const pool = (): http.Agent =>
      plain ? new http.Agent({ ...options, ...DIRECT }) : new https.Agent({ ...options, ...DIRECT });
    return { own: pool(), callers: pool() };
  };
  // The limit on idle connections cuts none that waits for more of an answer.
  const unkept = pools({ maxSockets: maxConnections });
  const kept = keepsConnections ? pools(pooling) : unkept;

  /**
   * An answer that has begun. A refusal of this program's own identity (401) counts only where that has not just been
   * replaced: nothing was done for the refused request, and it is put once more.
   */
  async function open(request: KubeRequest): Promise<Opened> {
    const opened = await attempt(request);
    if (opened.message.statusCode !== 401 || request.bearer !== undefined) return opened;
    return await hasNewIdentity(opened.outgoing, { config, request }) ? await attempt(request) : opened;
  }

  /** An answer that has begun; if need be, by a second attempt on a new connection. */
  async function attempt(request: KubeRequest): Promise<Opened> {
    const { signal, method } = request;
    const put = ({ own, callers }: Pools): Promise<Outgoing> =>
      begin(request, { config, agent: request.bearer === undefined ? own : callers });
    const opened = async (outgoing: Outgoing): Promise<Opened> => {
      try {
        return { message: await abortable(outgoing.response, { signal }), outgoing };
      } catch (error) {
        outgoing.destroy();
        throw error;
      }
    };
    const first = await put(kept);
    try {
      return await opened(first);
    } catch (error) {
      if (method !== "GET" || signal.aborted || !first.brokeOnKept(error)) throw error;
    }
    return await opened(await put(unkept));
  }

  async function request(request: KubeRequest): Promise<KubeAnswer> {
    const { outgoing, message } = await open(request);
    try {
      return await abortable(Promise.race([collect(message, maxAnswerBytes), outgoing.failed]), request);
    } catch (error) {
      // Its connection goes with it: what else may arrive there belongs to nobody.
      outgoing.destroy();
      throw error;
    }
  }

  async function stream(request: KubeRequest): Promise<KubeStream> {
    const { outgoing: { destroy }, message } = await open(request);
    return {
      status: message.statusCode ?? 0,
      retryAfterMs: retryAfterMs(message.headers["retry-after"]),
      chunks: chunksOf(message, { signal: request.signal, destroy }),
      [Symbol.dispose]: () => {
        if (!message.complete) destroy();
      },
    };
  }

  return {
    request,
    stream,
    [Symbol.dispose]: () => {
      for (const { own, callers } of [kept, unkept]) {
        own.destroy();
        callers.destroy();
      }
    },
  };
}

/** Connections that show this program's own credentials, and those that show callers' tokens. */
interface Pools {
  readonly own: http.Agent;
  readonly callers: http.Agent;
}

interface Opened {
  readonly outgoing: Outgoing;
  readonly message: http.IncomingMessage;
}

/** Reports whether a refused request has a new identity to show; then its connection is ended. */
async function hasNewIdentity(
  { credentials, destroy }: Outgoing,
  { config, request }: { readonly config: KubeConfig; readonly request: KubeRequest },
): Promise<boolean> {
  let isSame = false;
  try {
    isSame = !await abortable(isReplaced(credentials, config), request);
    return !isSame;
  } finally {
    if (!isSame) destroy();
  }
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
  body += decoder.decode();
  const status = incoming.statusCode ?? 0;
  const asked = retryAfterMs(incoming.headers["retry-after"]);
  const retryMs = asked ?? (status >= 400 ? statusIn(body).retryAfterMs : undefined);
  return { status, body, retryAfterMs: retryMs, date: incoming.headers.date };
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
