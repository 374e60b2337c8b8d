/**
 * A client of the agent: what a caller does, in the words of this program.
 *
 * Promises that a stream is read only as fast as it is iterated over, and that leaving the loop – by `break`, by an
 * error – cancels the call. Every call that does not end OK throws an {@linkcode AgentCallError}. Does not retry, and
 * does not wait for an agent that is not there.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { setTimeout as sleep } from "node:timers/promises";
import { Client, credentials, Metadata, type MethodDefinition, type ServiceError, status } from "@grpc/grpc-js";
import { services } from "../../src/rpc/descriptor.ts";
import { guardClientSessions } from "../../src/collector/relay/client_sessions.ts";
import type {
  HealthCheckResponse,
  LogMetadata,
  LogRecord,
  LogRecordsStreamRequest,
  Timestamp,
} from "../../src/rpc/messages.ts";
import type { Leaf } from "../fakes/certificates.ts";

/** For whom a call is made. */
export interface CallIdentity {
  /** Goes as `x-remote-user`; none when left out. */
  readonly user?: string;
  /** Each goes as an `x-remote-group` of its own. @default {[]} */
  readonly groups?: readonly string[];
  /** Goes as `x-remote-extras`; none when left out. */
  readonly extra?: Readonly<Record<string, readonly string[]>>;
  /** Goes as `authorization`; none when left out. */
  readonly token?: string;
}

/** How to reach an agent. */
export interface AgentClientOptions {
  /** Its port on 127.0.0.1. */
  readonly port: number;
  /** Whom to trust. */
  readonly caPem: string;
  /** The certificate to show; none when left out. */
  readonly leaf?: Leaf | undefined;
  /** The name that the agent's certificate must have. @default {"localhost"} */
  readonly serverName?: string;
  /** For whom calls are made. @default {{}} */
  readonly identity?: CallIdentity;
}

/** Which log, and what of it; what is left out does not limit. */
export interface LogQuery {
  /** The container. */
  readonly log: {
    readonly namespace: string;
    readonly pod: string;
    readonly container: string;
    /** With or without its runtime's name. */
    readonly id: string;
  };
  /** RFC 3339. */
  readonly startTime?: string;
  /** RFC 3339. */
  readonly stopTime?: string;
  /** A regular expression. */
  readonly grep?: string;
  /** What to do at the end of the log. @default {"NOOP"} */
  readonly followFrom?: "NOOP" | "DEFAULT" | "END";
}

/** What any call can be given. */
export interface CallOptions {
  /** Cancels the call. */
  readonly signal?: AbortSignal;
}

/**
 * A client. Its connection is made by the first call. Disposing of it closes the connection; the asynchronous way also
 * waits until no timer of it is left, which matters after a connection that failed.
 */
export interface AgentClient extends Disposable, AsyncDisposable {
  /** The logs of these namespaces; none means all. */
  list(namespaces: readonly string[], options?: CallOptions): Promise<readonly LogMetadata[]>;
  /** Records, oldest first. The call is made by the first step of the loop. */
  forward(query: LogQuery, options?: CallOptions): AsyncGenerator<LogRecord, void, undefined>;
  /** Records, newest first. */
  backward(query: LogQuery, options?: CallOptions): AsyncGenerator<LogRecord, void, undefined>;
  /** The state of the agent as a whole. */
  health(options?: CallOptions): Promise<HealthCheckResponse["status"]>;
  /** A client for somebody else over the same connection; dispose of the first one only. */
  as(identity: CallIdentity): AgentClient;
}

/** A call did not end OK. The message is `CODE: text`. */
export class AgentCallError extends Error {
  /** The class, as an error log shows it. */
  override readonly name = "AgentCallError";
  /** The name of the status code. */
  readonly code: string;
  /** The text that came with it. */
  readonly details: string;

  /** Takes the answer apart. */
  constructor(cause: ServiceError) {
    const code = status[cause.code] ?? String(cause.code);
    super(`${code}: ${cause.details}`, { cause });
    this.code = code;
    this.details = cause.details;
  }
}

/** Nanoseconds since 1970; 0 for none. */
export function nanosecondsOf(time: Timestamp | null): bigint {
  return time === null ? 0n : BigInt(time.seconds) * 1_000_000_000n + BigInt(time.nanos);
}

/** From one attempt to connect to the next. */
const reconnectMs = 20;

/**
 * How long a client that is closed goes on: the library does not take back the timer for the next attempt, nor that
 * attempt; each timer may be a fifth longer than it was told.
 */
const lingerMs = 3 * reconnectMs;

/** Makes a client. */
export function connectAgent(options: AgentClientOptions): AgentClient {
  const { port, caPem, leaf, serverName = "localhost", identity = {} } = options;
  guardClientSessions();
  const key = leaf === undefined ? null : Buffer.from(leaf.keyPem);
  const cert = leaf === undefined ? null : Buffer.from(leaf.certPem);
  return clientOver(
    new Client(`127.0.0.1:${port}`, credentials.createSsl(Buffer.from(caPem), key, cert), {
      "grpc.ssl_target_name_override": serverName,
      "grpc.default_authority": serverName,
      "grpc.use_local_subchannel_pool": 1,
      "grpc.enable_channelz": 0,
      "grpc.initial_reconnect_backoff_ms": reconnectMs,
      "grpc.max_reconnect_backoff_ms": reconnectMs,
    }),
    identity,
  );
}

function clientOver(connection: Client, identity: CallIdentity): AgentClient {
  const metadata = metadataOf(identity);
  const { logMetadata, logRecords, health } = services;

  async function unary<Request, Response>(
    method: MethodDefinition<Request, Response>,
    request: Request,
    { signal }: CallOptions = {},
  ): Promise<Response> {
    signal?.throwIfAborted();
    const { path, requestSerialize, responseDeserialize } = method;
    const { promise, resolve, reject } = Promise.withResolvers<Response>();
    const call = connection.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      metadata,
      (error, response) => {
        if (error !== null) reject(failureOf(error, signal));
        else if (response === undefined) reject(new TypeError(`Cannot read the answer to "${path}": it is missing`));
        else resolve(response);
      },
    );
    using _ = onAbort(signal, () => call.cancel());
    return await promise;
  }

  async function* stream(
    method: MethodDefinition<LogRecordsStreamRequest, LogRecord>,
    query: LogQuery,
    { signal }: CallOptions = {},
  ): AsyncGenerator<LogRecord, void, undefined> {
    signal?.throwIfAborted();
    const { path, requestSerialize, responseDeserialize } = method;
    const call = connection.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      requestOf(query),
      metadata,
    );
    // Told by the iteration; but after the loop is left, nobody would hear of it, and that ends a process.
    call.on("error", () => {});
    using _ = onAbort(signal, () => call.cancel());
    try {
      for await (const record of call) yield record as LogRecord;
    } catch (error) {
      throw failureOf(error, signal);
    } finally {
      call.cancel();
    }
  }

  return {
    list: async (namespaces, options) => (await unary(logMetadata.List, { namespaces }, options)).items,
    forward: (query, options) => stream(logRecords.StreamForward, query, options),
    backward: (query, options) => stream(logRecords.StreamBackward, query, options),
    health: async (options) => (await unary(health.Check, { service: "" }, options)).status,
    as: (other) => clientOver(connection, other),
    [Symbol.dispose]: () => connection.close(),
    [Symbol.asyncDispose]: async () => {
      connection.close();
      await sleep(lingerMs);
    },
  };
}

function metadataOf({ user, groups = [], extra, token }: CallIdentity): Metadata {
  const metadata = new Metadata();
  if (user !== undefined) metadata.add("x-remote-user", user);
  for (const group of groups) metadata.add("x-remote-group", group);
  if (extra !== undefined) metadata.add("x-remote-extras", JSON.stringify(extra));
  if (token !== undefined) metadata.add("authorization", token);
  return metadata;
}

function requestOf(
  { log, startTime = "", stopTime = "", grep = "", followFrom = "NOOP" }: LogQuery,
): LogRecordsStreamRequest {
  return {
    namespace: log.namespace,
    pod_name: log.pod,
    container_name: log.container,
    container_id: log.id,
    start_time: startTime,
    stop_time: stopTime,
    grep,
    follow_from: followFrom,
  };
}

/** What a caller is to see of an error: its own reason to cancel, or how the call ended. */
function failureOf(error: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted) return signal.reason;
  return error instanceof Error && "code" in error && "details" in error
    ? new AgentCallError(error as ServiceError)
    : error;
}

function onAbort(signal: AbortSignal | undefined, act: () => void): Disposable {
  signal?.addEventListener("abort", act);
  return { [Symbol.dispose]: () => signal?.removeEventListener("abort", act) };
}
