/**
 * The agent's gRPC server: one address, the given services with health and reflection beside them, and a way to end.
 *
 * Owns the socket. A connection that never gets as far as TLS, or that breaks, is nobody's concern; a call's error is
 * its own. Who may call what is left to the services.
 *
 * @module
 */

import { setImmediate } from "node:timers/promises";
import { logVerbosity, type serialize as Serialize, type ServerCredentials, setLogVerbosity } from "@grpc/grpc-js";
import { createIdleGc } from "./transport/idle_gc.ts";
import { protoFiles } from "./descriptor.ts";
import type { HandlerOptions } from "./handler.ts";
import { createHealth } from "./services/health_service.ts";
import { noteSize } from "./message_sizes.ts";
import { AgentHttp2Server, type Http2ServerOptions } from "./transport/http2_server.ts";
import { type ListenAddress, listenTarget } from "./transport/listen_address.ts";
import { createReflection, reflectionName } from "./services/reflection_service.ts";
import { limitedDecoder, SHORT_REQUEST } from "./transport/request_limits.ts";
import type { AgentService, ServedMethod } from "./service.ts";
import { statusOf } from "./status.ts";

/** What a server is made of. */
export interface AgentServerOptions {
  /** From `readServerCredentials`. */
  readonly credentials: ServerCredentials;
  /** The services, beside health and reflection. */
  readonly services: readonly AgentService[];
  /** Takes each error that has become a caller's status. */
  readonly report: HandlerOptions["report"];
  /** Are told of each call. @default nobody is */
  readonly observers?: HandlerOptions["observers"];
  /** Takes each TLS handshake that has failed. @default nobody is told */
  readonly onTlsFailure?: Http2ServerOptions["onTlsFailure"];
  /** Takes each call that is refused before it reaches a handler. @default nobody is told */
  readonly onRefused?: Http2ServerOptions["onRefused"];
  /** Takes each connection that is cut off for what its client does. @default nothing is told */
  readonly onCut?: Http2ServerOptions["onCut"];
  /** Drops what can be made anew, when it is quiet after a load. @default nothing is dropped */
  readonly forget?: (() => void) | undefined;
  /** Gives memory that is free back to the system, after that. @default nothing is given back */
  readonly trim?: (() => void) | undefined;
  /** Takes each connection and stream that is refused because of a limit. @default nothing is told */
  readonly onLimit?: Http2ServerOptions["onLimit"];
  /** What connections may do. @default DEFAULT_TRANSPORT_LIMITS */
  readonly limits?: Http2ServerOptions["limits"];
  /** Tells the time of connections. @default processClock */
  readonly clock?: Http2ServerOptions["clock"];
}

/** A server. */
export interface AgentServer {
  /** Opens the address, and resolves with the port; rejects with {@linkcode ListenError}. */
  listen(address: ListenAddress): Promise<number>;
  /**
   * Ends in good order: health says NOT_SERVING, open streams end UNAVAILABLE, unary calls finish, new ones are
   * refused. Resolves when every connection has closed. When the signal fires, what is left is cut off.
   */
  drain(options: { signal: AbortSignal }): Promise<void>;
  /** Cuts everything off now. */
  stop(): Promise<void>;
  /** How many connections are open. */
  connections(): number;
}

/** The address cannot be opened; the message names it. */
export class ListenError extends Error {
  /** The class, as an error log shows it. */
  override readonly name = "ListenError";
}

/** Makes a server; it does nothing before `listen`. */
export function createAgentServer(options: AgentServerOptions): AgentServer {
  const { credentials, report, observers, onTlsFailure, onRefused, onCut, onLimit, limits, clock } = options;
  const { forget, trim } = options;
  const shutdown = new AbortController();
  const idleGc = createIdleGc({ forget, trim, connections: () => server.connections });
  const health = createHealth();
  const served = [...options.services, health.service];
  const serviceNames = [...served.map(serviceName), reflectionName];
  const all = [...served, createReflection({ files: protoFiles, serviceNames })];
  const maxBytes = Math.max(...all.map(({ requestLimits = SHORT_REQUEST }) => requestLimits.maxBytes));
  // A longer message is refused by its length, before it has come; the default of 4 MiB would be kept in memory first.
  const own = { onTlsFailure, onRefused, onCut, onLimit, limits, clock };
  const server = new AgentHttp2Server({ "grpc.max_receive_message_length": maxBytes }, own);
  for (const service of all) {
    addService(server, service, { shutdown: shutdown.signal, report, observers, idleGc });
  }

  const cut = new AbortController();
  const endInOrder = async (): Promise<void> => {
    health.setNotServing();
    await setImmediate();
    shutdown.abort();
    await server.close({ signal: cut.signal });
    idleGc[Symbol.dispose]();
  };
  let ended: Promise<void> | undefined;
  const drain = async ({ signal }: { signal: AbortSignal }): Promise<void> => {
    ended ??= endInOrder();
    const onAbort = (): void => cut.abort();
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort);
    await ended;
    signal.removeEventListener("abort", onAbort);
  };
  return {
    listen: async (address) => {
      const port = await bind(server, { target: listenTarget(address), credentials });
      idleGc.start();
      return port;
    },
    drain,
    stop: () => drain({ signal: AbortSignal.abort() }),
    connections: () => server.connections,
  };
}

function serviceName({ methods }: AgentService): string {
  const [method] = Object.values(methods);
  const [, name] = method?.path.split("/") ?? [];
  if (name === undefined) throw new TypeError("Cannot serve a service that has no methods");
  return name;
}

function addService(server: AgentHttp2Server, service: AgentService, options: HandlerOptions): void {
  for (const [name, method] of Object.entries(service.methods)) {
    const handler = service.handlers[name];
    const { path, responseSerialize } = method;
    const requestDeserialize = limitedDecoder(
      method.requestDeserialize as (bytes: Uint8Array) => unknown,
      service.requestLimits ?? SHORT_REQUEST,
    );
    if (handler === undefined) throw new TypeError(`Cannot serve "${path}": no handler for "${name}"`);
    const serialize: Serialize<unknown> = (message) => {
      try {
        const bytes = (responseSerialize as Serialize<unknown>)(message);
        noteSize(message, bytes.length);
        return bytes;
      } catch (error) {
        // grpc-js answers INTERNAL and keeps the reason to itself.
        options.report({ error, status: statusOf(error), method: path });
        throw error;
      }
    };
    server.register(path, handler(options), serialize, requestDeserialize, methodKind(method));
  }
}

function methodKind({ path, requestStream, responseStream }: ServedMethod): "unary" | "serverStream" | "bidi" {
  if (responseStream) return requestStream ? "bidi" : "serverStream";
  if (requestStream) {
    throw new TypeError(`Cannot serve "${path}": streams of requests with one response are not covered`);
  }
  return "unary";
}

async function bind(
  server: AgentHttp2Server,
  { target, credentials }: { target: string; credentials: ServerCredentials },
): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  // grpc-js would write its own lines to the console; what goes wrong comes back here.
  setLogVerbosity(logVerbosity.NONE);
  server.bindAsync(target, credentials, (error, port) => {
    if (error === null) resolve(port);
    else reject(new ListenError(`Cannot listen on "${target}": ${error.message}`, { cause: error }));
  });
  return await promise;
}
