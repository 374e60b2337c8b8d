/**
 * The collector: a source of objects, the table that joins them, and a sink for what comes of it.
 *
 * @module
 */
import type { KubeClient } from "../kube/api_client.ts";
import { listWatch } from "../kube/list_watch.ts";
import type { WatchEvent } from "../kube/watch_event.ts";
import type { Owner, Pod } from "./pod.ts";
import type { PodEvent } from "./pod_event.ts";
import { createPodTable, type OwnerKind, type PodTableSizes } from "./pod_table.ts";
import { createObjectReader, WANTED_PARTS } from "./read_objects.ts";
import type { Sink } from "./sink.ts";

/** Timers that are set for longer fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Takes the events of a source. */
export interface SourceListener {
  /** Of pods. */
  pod(event: WatchEvent<Pod>): void;
  /** Of ReplicaSets or Jobs. */
  owner(kind: OwnerKind, event: WatchEvent<Owner>): void;
}

/** Tells of pods and their owners until the signal is aborted. */
export type Source = (listener: SourceListener, options: { readonly signal: AbortSignal }) => Promise<void>;

/** A running collector. */
export interface CollectOptions {
  /** Where objects come from. */
  readonly source: Source;
  /** Where events go. */
  readonly sink: Sink;
  /** For how long deletes are held back. @default {60_000} */
  readonly deleteTtlMs?: number;
  /** How many deletes are held back, of each kind. @default {10_000} */
  readonly deleteCapacity?: number;
  /** Called for each event. */
  readonly onEvent?: (event: PodEvent) => void;
  /** Is given a way to ask how much there is, once. */
  readonly onStart?: (sizes: () => PodTableSizes) => void;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** Collects until the signal is aborted, or source or sink fail. */
export async function collect(options: CollectOptions): Promise<void> {
  const { source, sink, onEvent, onStart, signal, ...tableOptions } = options;
  const failed = new AbortController();
  const both = AbortSignal.any([signal, failed.signal]);
  const table = createPodTable({
    ...tableOptions,
    emit: (event) => {
      onEvent?.(event);
      sink.write(event);
    },
  });
  onStart?.(() => table.sizes());
  let timer: ReturnType<typeof setTimeout> | undefined;

  /** Deletes come due by themselves; one timer waits for the next. */
  function settle(): void {
    sink.flush();
    const dueMs = table.nextDueMs();
    if (dueMs === undefined || timer !== undefined || both.aborted) return;
    timer = setTimeout(() => {
      timer = undefined;
      table.expire();
      settle();
    }, Math.min(LONGEST_TIMER_MS, Math.max(1, dueMs - performance.now())));
  }

  const listener: SourceListener = {
    pod: (event) => {
      table.pod(event);
      settle();
    },
    owner: (kind, event) => {
      table.owner(kind, event);
      settle();
    },
  };
  const onListener = (): void => {
    table.startNewEpoch();
    settle();
  };
  const running = [sink.run({ onListener, signal: both }), source(listener, { signal: both })];
  try {
    await Promise.all(running);
  } finally {
    failed.abort();
    clearTimeout(timer);
    await Promise.allSettled(running);
  }
}

/** How the API server is asked. */
export interface ClusterSourceOptions {
  /** Sends its requests. */
  readonly client: KubeClient;
  /** Called with what fails and is tried again. */
  readonly onRetry: (notice: string) => void;
  /** Called for each object that is left out, as a whole or in part. */
  readonly onSkip: () => void;
}

/** The pods, ReplicaSets and Jobs of a cluster. */
export function clusterSource({ client, onRetry, onSkip }: ClusterSourceOptions): Source {
  return async (listener, { signal }) => {
    const read = createObjectReader({ onSkip });
    const common = { client, onRetry, onSkip, signal, wanted: WANTED_PARTS };
    const owners = async (kind: OwnerKind, path: string): Promise<void> => {
      for await (const event of listWatch({ ...common, path, pick: read.owner, metadataOnly: true })) {
        listener.owner(kind, event);
      }
    };
    const pods = async (): Promise<void> => {
      for await (const event of listWatch({ ...common, path: "/api/v1/pods", pick: read.pod })) listener.pod(event);
    };
    await Promise.all([
      owners("replicasets", "/apis/apps/v1/replicasets"),
      owners("jobs", "/apis/batch/v1/jobs"),
      pods(),
    ]);
  };
}
