// deno-lint-ignore-file camelcase -- the names of the wire contract
/**
 * A client of the relay of OpenTelemetry's network project, which takes what a Kubernetes watcher sees.
 *
 * Owns channel and stream; knows nothing of what is sent. Plain HTTP/2 without credentials, as the relay has it. A
 * message from the relay means that it wants to be told everything again, and ends the stream like an error does.
 *
 * @module
 */
import { Client, type ClientDuplexStream, credentials, Metadata, type MethodDefinition } from "@grpc/grpc-js";
import { fromJSON } from "@grpc/proto-loader";
import type { Buffer } from "node:buffer";
import messages from "#proto/collector.json" with { type: "json" };
import { guardClientSessions } from "./client_sessions.ts";

/** An owner. */
export interface RelayOwner {
  /** Its uid. */
  readonly uid: string;
  /** Its name. */
  readonly name: string;
  /** Its kind, as `Deployment`. */
  readonly kind: string;
}

/** A pod; absent fields of one that is changed stay as they were. */
export interface RelayPodInfo {
  /** As the contract has it. */
  readonly uid: string;
  /** As the contract has it. */
  readonly ip?: string;
  /** As the contract has it. */
  readonly owner?: RelayOwner;
  /** As the contract has it. */
  readonly ns?: string;
  /** As the contract has it. */
  readonly is_host_network?: boolean;
  /** As the contract has it. */
  readonly name?: string;
  /** As the contract has it. */
  readonly version?: string;
  /** As the contract has it. */
  readonly container_infos?: readonly { readonly id: string; readonly name: string; readonly image: string }[];
}

/** The relay's message `Info`: a change of a pod, a ReplicaSet or a Job. */
export interface RelayInfo {
  /** Of what. */
  readonly type: "K8S_REPLICASET" | "K8S_POD" | "K8S_JOB";
  /** What happened. */
  readonly event: "ADDED" | "MODIFIED" | "DELETED";
  /** The pod. */
  readonly pod_info?: RelayPodInfo;
  /** The ReplicaSet. */
  readonly rs_info?: { readonly uid: string; readonly owner?: RelayOwner };
  /** The Job. */
  readonly job_info?: { readonly uid: string; readonly owner?: RelayOwner };
}

/** One stream to the relay: the relay begins with nothing. */
export interface RelayStream {
  /** Sends; what is sent to a stream that has ended is lost. */
  send(info: RelayInfo): void;
  /** Bytes of messages that were sent and not taken yet. */
  readonly waitingBytes: number;
  /** Ends it in order. */
  end(): void;
  /** Resolves when it has ended, with the reason if it was not {@linkcode RelayStream.end}. */
  readonly ended: Promise<string | undefined>;
}

/** A connection to the relay. */
export interface RelayConnection extends Disposable {
  /** Opens a stream; `onTaken` is told whenever a message was taken. */
  open(options: { readonly onTaken: () => void }): RelayStream;
}

/** Makes connections. */
export interface RelayClient {
  /** Resolves when the relay is there; rejects with the signal's reason, or when it is not there in time. */
  connect(options: { readonly signal: AbortSignal }): Promise<RelayConnection>;
}

/** Where the relay is. */
export interface RelayClientOptions {
  /** Host and port. */
  readonly address: string;
  /** Milliseconds until a connection is there. @default {10_000} */
  readonly connectLimitMs?: number;
}

/** Milliseconds of one wait for a connection. */
const WAIT_MS = 200;

/** The generated file's own type is too narrow for the loader. */
const messageTree = messages as unknown as Parameters<typeof fromJSON>[0];

/** The relay's one method. */
export const collectMethod: MethodDefinition<RelayInfo, unknown> = methodOf("collector.Collector", "Collect");

function methodOf(service: string, method: string): MethodDefinition<RelayInfo, unknown> {
  const methods = fromJSON(messageTree, { enums: String, defaults: true, keepCase: true })[service];
  return (methods as unknown as Record<string, MethodDefinition<RelayInfo, unknown>>)[method] as MethodDefinition<
    RelayInfo,
    unknown
  >;
}

/** A client that has connected to nobody. */
export function createRelayClient({ address, connectLimitMs = 10_000 }: RelayClientOptions): RelayClient {
  guardClientSessions();
  return {
    connect: async ({ signal }) => {
      signal.throwIfAborted();
      // Without a look at the environment for proxies: its names are not among those that the program may read.
      const client = new Client(address, credentials.createInsecure(), { "grpc.enable_http_proxy": 0 });
      const close = (): void => client.close();
      try {
        await ready(client, { signal, limitMs: connectLimitMs });
      } catch (error) {
        close();
        throw error;
      }
      return { open: (options) => openStream(client, options), [Symbol.dispose]: close };
    },
  };
}

/** Waits for a connection, a short time at once: a wait runs to its own limit even when the channel is closed. */
async function ready(
  client: Client,
  options: { readonly signal: AbortSignal; readonly limitMs: number },
): Promise<void> {
  const { signal, limitMs } = options;
  const end = Date.now() + limitMs;
  for (;;) {
    const error = await new Promise<Error | undefined>((resolve) => {
      client.waitForReady(Math.min(end, Date.now() + WAIT_MS), resolve);
    });
    signal.throwIfAborted();
    if (error === undefined) return;
    if (Date.now() >= end) throw new Error(`no connection within ${limitMs} ms`);
  }
}

function openStream(client: Client, { onTaken }: { readonly onTaken: () => void }): RelayStream {
  const { path, requestSerialize, responseDeserialize } = collectMethod;
  // Messages are encoded before the library takes them: what waits there is known to the byte, and smaller.
  const call: ClientDuplexStream<Buffer, unknown> = client.makeBidiStreamRequest(
    path,
    (bytes: Buffer) => bytes,
    responseDeserialize,
    new Metadata(),
  );
  const ended = Promise.withResolvers<string | undefined>();
  let isOurs = false;
  let waitingBytes = 0;
  call.on("data", () => {
    ended.resolve("it wants to be told everything again");
    call.cancel();
  });
  call.on("error", (error) => ended.resolve(isOurs ? undefined : error.message));
  call.on("end", () => ended.resolve(isOurs ? undefined : "it ended the stream"));
  return {
    send: (info) => {
      if (isOurs || call.destroyed) return;
      const bytes = requestSerialize(info);
      waitingBytes += bytes.length;
      call.write(bytes, () => {
        waitingBytes -= bytes.length;
        onTaken();
      });
    },
    get waitingBytes(): number {
      return waitingBytes;
    },
    end: () => {
      isOurs = true;
      call.end();
    },
    ended: ended.promise,
  };
}
