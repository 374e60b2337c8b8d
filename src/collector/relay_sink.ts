// deno-lint-ignore-file camelcase -- the names of the relay's contract
/**
 * A relay of OpenTelemetry's network project, versions 0.10 and 0.11, which drives the reducer itself.
 *
 * The relay joins pods and owners as we do; it gets pods with the owners that we have found, so that nothing waits there.
 * A ReplicaSet or Job that belongs to nobody is told before the first pod that it owns. A stream is an epoch: where all is
 * told anew, it is on a new stream.
 *
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Container } from "./pod.ts";
import type { PodEvent } from "./pod_event.ts";
import type { Sink } from "./sink.ts";

/** Something that is told: the relay's message `Info`. */
export interface Info {
  /** Of what. */
  readonly type: "K8S_REPLICASET" | "K8S_POD" | "K8S_JOB";
  /** What happened. */
  readonly event: "ADDED" | "MODIFIED" | "DELETED";
  /** The pod. */
  readonly pod_info?: PodInfo;
  /** The ReplicaSet. */
  readonly rs_info?: { readonly uid: string };
  /** The Job. */
  readonly job_info?: { readonly uid: string };
}

/** A pod, or what is new about it. */
export interface PodInfo {
  /** As the contract has it. */
  readonly uid: string;
  /** As the contract has it. */
  readonly ip?: string;
  /** As the contract has it. */
  readonly owner?: { readonly uid: string; readonly name: string; readonly kind: string };
  /** As the contract has it. */
  readonly ns?: string;
  /** As the contract has it. */
  readonly is_host_network?: boolean;
  /** As the contract has it. */
  readonly name?: string;
  /** As the contract has it. */
  readonly version?: string;
  /** As the contract has it. */
  readonly container_infos?: readonly Container[];
}

/** One stream to the relay. */
export interface InfoStream {
  /** Sends; what is sent to a stream that has ended is lost. */
  send(info: Info): void;
  /** How many messages were sent and not taken yet. */
  readonly waiting: number;
  /** Ends it in order. */
  end(): void;
  /** Resolves when it has ended, with the reason if it was not by `end`. */
  readonly ended: Promise<string | undefined>;
}

/** Makes connections, and streams on them. */
export interface InfoClient {
  /** Resolves when the relay is there. */
  connect(options: { readonly signal: AbortSignal }): Promise<Disposable & { open(): InfoStream }>;
}

/** Where the relay is. */
export interface RelaySinkOptions {
  /** Makes connections. */
  readonly client: InfoClient;
  /** The relay's address, for notices. */
  readonly address: string;
  /** Is told when the relay cannot be reached or goes away. */
  readonly onTrouble: (notice: string) => void;
  /** Is told of each connection that was made. */
  readonly onConnect?: () => void;
  /** Milliseconds before a connection is made anew. @default {1_000} */
  readonly reconnectMs?: number;
  /** Messages that may wait for a relay that takes nothing. @default {500_000} */
  readonly maxWaiting?: number;
}

/** A sink that is not connected yet. */
export function createRelaySink(options: RelaySinkOptions): Sink {
  const { client, address, onTrouble, onConnect, reconnectMs = 1_000, maxWaiting = 500_000 } = options;
  let open: (() => InfoStream) | undefined;
  let stream: InfoStream | undefined;
  let broken = Promise.withResolvers<string>();
  let isUsed = false;
  /** Owners that the stream was told. */
  let told = new Set<string>();
  /** A pod whose containers may follow. */
  let pending:
    | { readonly event: "ADDED" | "MODIFIED"; readonly pod: PodInfo; readonly containers: Container[] }
    | undefined;

  function begin(): void {
    stream?.end();
    isUsed = false;
    told = new Set();
    pending = undefined;
    const begun = stream = open?.();
    const { reject, resolve } = broken;
    void begun?.ended.then((reason) => {
      if (reason !== undefined && begun === stream) resolve(reason);
    }, reject);
  }

  function send(info: Info): void {
    if (stream === undefined) return;
    isUsed = true;
    stream.send(info);
    if (stream.waiting > maxWaiting) broken.resolve(`it takes nothing, and ${stream.waiting} messages wait for it`);
  }

  function flush(): void {
    if (pending === undefined) return;
    const { event, pod, containers } = pending;
    pending = undefined;
    send({ type: "K8S_POD", event, pod_info: { ...pod, container_infos: containers } });
  }

  function write(event: PodEvent): void {
    if (stream === undefined) return;
    if (event.type === "PodContainer") {
      if (pending?.pod.uid !== event.uid) {
        flush();
        pending = { event: "MODIFIED", pod: { uid: event.uid }, containers: [] };
      }
      pending.containers.push(event.container);
      return;
    }
    flush();
    if (event.type === "PodResync") {
      if (isUsed) begin();
    } else if (event.type === "PodDelete") {
      send({ type: "K8S_POD", event: "DELETED", pod_info: { uid: event.uid } });
    } else {
      const { pod, owner } = event;
      if (!told.has(owner.uid)) {
        const known = owner.kind === "ReplicaSet" || owner.kind === "Job";
        if (known) told.add(owner.uid);
        if (owner.kind === "ReplicaSet") send({ type: "K8S_REPLICASET", event: "ADDED", rs_info: { uid: owner.uid } });
        if (owner.kind === "Job") send({ type: "K8S_JOB", event: "ADDED", job_info: { uid: owner.uid } });
      }
      pending = {
        event: "ADDED",
        pod: {
          uid: pod.uid,
          ip: pod.ip,
          ns: pod.namespace,
          is_host_network: pod.hostNetwork,
          name: pod.name,
          version: pod.version,
          ...(pod.owner === undefined ? {} : { owner }),
        },
        containers: [],
      };
    }
  }

  async function serve(onListener: () => void, signal: AbortSignal): Promise<void> {
    using connection = await client.connect({ signal });
    broken = Promise.withResolvers();
    const stopped = Promise.withResolvers<undefined>();
    const onAbort = (): void => stopped.resolve(undefined);
    signal.addEventListener("abort", onAbort);
    try {
      onConnect?.();
      open = () => connection.open();
      begin();
      onListener();
      flush();
      const reason = signal.aborted ? undefined : await Promise.race([broken.promise, stopped.promise]);
      if (reason !== undefined) throw new Error(reason);
    } finally {
      signal.removeEventListener("abort", onAbort);
      stream?.end();
      stream = undefined;
      open = undefined;
    }
  }

  return {
    write,
    flush,
    run: async ({ onListener, signal }) => {
      while (!signal.aborted) {
        try {
          await serve(onListener, signal);
        } catch (error) {
          if (signal.aborted) return;
          onTrouble(`Cannot reach relay at ${address}: ${error instanceof Error ? error.message : String(error)}`);
          await sleep(reconnectMs, undefined, { signal }).catch((reason) => {
            if (!signal.aborted) throw reason;
          });
        }
      }
    },
  };
}
