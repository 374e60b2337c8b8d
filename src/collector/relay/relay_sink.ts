/**
 * A relay of OpenTelemetry's network project, versions 0.10 and 0.11, which drives the reducer itself.
 *
 * The relay joins pods and owners as we do; it gets pods with the owners that we have found, so that nothing waits
 * there. A ReplicaSet or Job that belongs to nobody is told before the first pod that it owns. A stream is an epoch:
 * where all is told anew, it is on a new stream.
 *
 * Promises that little is handed to the library ahead of what the relay has taken, and that what waits here is at most
 * one change for each pod, and bounded in bytes: a relay for which more waits is given up, which is told, and hears
 * everything from the beginning when it is connected anew.
 *
 * @module
 */
import { createChangeQueue } from "./_change_queue.ts";
import { messagesOf, type PodChange } from "./_relay_messages.ts";
import type { RelayClient, RelayConnection, RelayStream } from "./relay_client.ts";
import type { Container } from "../pod.ts";
import type { PodEvent } from "../pod_event.ts";
import type { Sink } from "../sink.ts";
import { abortable } from "../../scheduling/abortable.ts";
import { Backoff } from "../../scheduling/backoff.ts";

/** Where the relay is. */
export interface RelaySinkOptions {
  /** Makes connections. */
  readonly client: RelayClient;
  /** The relay's address, for notices. */
  readonly address: string;
  /** Called when the relay cannot be reached or goes away. */
  readonly onRetry: (notice: string) => void;
  /** Called for each connection that was made. */
  readonly onConnect?: () => void;
  /** Called each time that too much waits for a relay that takes nothing. */
  readonly onOverflow?: () => void;
  /** Milliseconds before a connection is made anew. @default {1_000} */
  readonly reconnectMs?: number;
  /** Bytes of changes that may wait for a relay that takes nothing. @default {33_554_432} */
  readonly maxWaitingBytes?: number;
}

/** Bytes that the library is given ahead of what the relay has taken. */
const AHEAD_BYTES = 262_144;

/** A sink that is not connected yet. */
export function createRelaySink(options: RelaySinkOptions): Sink {
  const { client, address, onRetry, onConnect, reconnectMs = 1_000 } = options;
  const backoff = new Backoff({ stepsMs: [reconnectMs] });
  let session: RelaySession | undefined;

  async function serve(onListener: () => void, signal: AbortSignal): Promise<void> {
    using connection = await client.connect({ signal });
    const current = session = new RelaySession(connection, options);
    try {
      onConnect?.();
      onListener();
      current.flush();
      throw new Error(await abortable(current.broken, { signal }));
    } finally {
      current.end();
      session = undefined;
    }
  }

  return {
    write: (event) => session?.write(event),
    flush: () => session?.flush(),
    run: async ({ onListener, signal }) => {
      while (!signal.aborted) {
        try {
          await serve(onListener, signal);
        } catch (error) {
          if (signal.aborted) return;
          onRetry(`Cannot reach relay at ${address}: ${error instanceof Error ? error.message : String(error)}`);
          backoff.fail();
          await backoff.pause({ signal }).catch((reason) => {
            if (!signal.aborted) throw reason;
          });
        }
      }
    },
  };
}

/** A change of a pod whose containers may follow. */
type Pending = Exclude<PodChange, { readonly event: "DELETED" }> & { readonly containers: Container[] };

/** One connection: streams, one after the other, and what waits for the present one. */
class RelaySession {
  /** Resolves with the reason when the connection is of no use any more. */
  readonly broken: Promise<string>;
  readonly #break: (reason: string) => void;
  readonly #fail: (error: unknown) => void;
  readonly #connection: RelayConnection;
  readonly #onOverflow: (() => void) | undefined;
  readonly #queue;
  #stream: RelayStream | undefined;
  #isUsed = false;
  /** Owners that the stream knows. */
  #knownOwners = new Set<string>();
  #pending: Pending | undefined;

  constructor(connection: RelayConnection, { onOverflow, maxWaitingBytes = 1 << 25 }: RelaySinkOptions) {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    this.broken = promise;
    this.#break = resolve;
    this.#fail = reject;
    this.#connection = connection;
    this.#onOverflow = onOverflow;
    this.#queue = createChangeQueue({ maxBytes: maxWaitingBytes });
    this.#begin();
  }

  /** Takes an event. */
  write(event: PodEvent): void {
    if (this.#stream === undefined) return;
    if (event.type === "PodContainer") {
      if (this.#pendingUid() !== event.uid) {
        this.flush();
        this.#pending = { event: "MODIFIED", uid: event.uid, containers: [] };
      }
      this.#pending?.containers.push(event.container);
      return;
    }
    this.flush();
    if (event.type === "PodNew") this.#pending = { event: "ADDED", pod: event.pod, owner: event.owner, containers: [] };
    else if (event.type === "PodDelete") this.#enqueue({ event: "DELETED", uid: event.uid });
    else if (this.#isUsed) this.#begin();
  }

  /** All events that belong together were written. */
  flush(): void {
    const pending = this.#pending;
    this.#pending = undefined;
    if (pending !== undefined) this.#enqueue(pending);
  }

  /** Ends the stream; what waits is forgotten. */
  end(): void {
    this.#stream?.end();
    this.#stream = undefined;
    this.#pending = undefined;
    this.#queue.clear();
  }

  #begin(): void {
    this.end();
    this.#isUsed = false;
    this.#knownOwners = new Set();
    const begun = this.#stream = this.#connection.open({ onTaken: () => this.#pump() });
    void begun.ended.then((reason) => {
      if (reason !== undefined && begun === this.#stream) this.#break(reason);
    }, this.#fail);
  }

  #pendingUid(): string | undefined {
    return this.#pending?.event === "ADDED" ? this.#pending.pod.uid : this.#pending?.uid;
  }

  #enqueue(change: PodChange): void {
    this.#isUsed = true;
    if (!this.#queue.push(change)) {
      this.#break(`it takes nothing, and ${this.#queue.bytes} bytes of changes wait for it`);
      this.#onOverflow?.();
      return this.end();
    }
    this.#pump();
  }

  #pump(): void {
    const stream = this.#stream;
    while (stream !== undefined && stream.waitingBytes < AHEAD_BYTES) {
      const change = this.#queue.shift();
      if (change === undefined) return;
      for (const info of messagesOf(change, this.#knownOwners)) stream.send(info);
    }
  }
}
