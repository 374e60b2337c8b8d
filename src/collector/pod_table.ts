/**
 * Makes events about pods of what the API server reports of three kinds of objects.
 *
 * Owns the stores, the deletes that are held back, and the matcher. Everything happens within the calls. Only deletes
 * come due by themselves: {@linkcode PodTable.expire} is to be called at {@linkcode PodTable.nextDueMs}.
 *
 * It does what the collector of open-telemetry/opentelemetry-network does, but for four faults of it:
 *
 * - a pod that was reported in an earlier epoch does not count as reported in a new one: no container is reported
 *   before its pod, and pods that vanished while they were listed anew are forgotten;
 * - a delete comes when it is due, not with the next event of its kind;
 * - owners for which no pod waits any more are forgotten;
 * - an object without a uid is left out, and a namespace that is missing stays empty (where objects are read).
 *
 * The option `parity` brings the first two back, for comparison with recorded runs.
 *
 * @module
 */
import type { WatchEvent } from "../kube/watch_event.ts";
import { createMatcher } from "./matcher.ts";
import { isSameOwner, isSamePod, type Owner, type Pod } from "./pod.ts";
import type { PodEvent } from "./pod_event.ts";
import { createStore, type Store, type Stored } from "./store.ts";
import { createTombstones, type Tombstones } from "./tombstones.ts";

/** The kinds of objects that pods are owned by and that are looked up. */
export type OwnerKind = "replicasets" | "jobs";

/** How a table behaves. */
export interface PodTableOptions {
  /** Takes each event. */
  readonly emit: (event: PodEvent) => void;
  /** For how long deletes are held back; `Infinity`: until there are too many. @default {60_000} */
  readonly deleteTtlMs?: number;
  /** How many deletes are held back, of each kind. @default {10_000} */
  readonly deleteCapacity?: number;
  /** Whether the original's faults are wanted. @default {false} */
  readonly parity?: boolean;
  /** Milliseconds on a clock that never steps back. @default {performance.now} */
  readonly now?: () => number;
}

/** How much there is of everything. */
export interface PodTableSizes {
  /** Pods. */
  readonly pods: number;
  /** ReplicaSets and Jobs. */
  readonly owners: number;
  /** Pods whose owner has not come. */
  readonly waitingPods: number;
  /** Owners that have not come. */
  readonly awaitedOwners: number;
  /** Deletes that are held back. */
  readonly heldDeletes: number;
}

/** Pods and owners, joined. */
export interface PodTable {
  /** Takes an event about a pod. */
  pod(event: WatchEvent<Pod>): void;
  /** Takes an event about a ReplicaSet or Job. */
  owner(kind: OwnerKind, event: WatchEvent<Owner>): void;
  /** The sink knows nothing: reports everything from the beginning. */
  startNewEpoch(): void;
  /** When the next delete is due, by the clock of `now`; nothing when none is. */
  nextDueMs(): number | undefined;
  /** Carries out the deletes that are due. */
  expire(): void;
  /** How much there is of everything now. */
  sizes(): PodTableSizes;
}

/** One kind of objects. */
interface Kind<T extends Stored> {
  readonly store: Store<T>;
  readonly tombstones: Tombstones<T>;
  readonly applied: (object: T) => void;
  readonly listed: () => void;
}

/** A table that is empty. */
export function createPodTable(options: PodTableOptions): PodTable {
  const { emit, deleteTtlMs = 60_000, deleteCapacity = 10_000, parity = false, now = () => performance.now() } =
    options;
  const held = { ttlMs: deleteTtlMs, capacity: deleteCapacity, now };

  const podStore = createStore<Pod>(isSamePod);
  const matcher = createMatcher({
    pods: () => podStore.objects,
    ownerOf: (uid) => replicasets.store.objects.get(uid) ?? jobs.store.objects.get(uid),
    emit,
    keepsLive: parity,
  });
  const pods: Kind<Pod> = {
    store: podStore,
    tombstones: createTombstones<Pod>({
      ...held,
      release: (pod) => {
        podStore.remove(pod);
        matcher.podDeleted(pod.uid);
      },
    }),
    applied: (pod) => matcher.podApplied(pod),
    listed: () => matcher.startNewEpoch(),
  };
  function ownerKind(): Kind<Owner> {
    const store = createStore<Owner>(isSameOwner);
    return {
      store,
      tombstones: createTombstones<Owner>({ ...held, release: (owner) => store.remove(owner) }),
      applied: ({ uid }) => matcher.ownerApplied(uid),
      listed: () => matcher.ownersListed(),
    };
  }
  const replicasets = ownerKind();
  const jobs = ownerKind();
  const kinds = [pods, replicasets, jobs] as const;

  function take<T extends Stored>({ store, tombstones, applied, listed }: Kind<T>, event: WatchEvent<T>): void {
    if (event.type !== "InitDone") tombstones.expire();
    switch (event.type) {
      case "Init":
        return store.beginList();
      case "InitApply":
        return store.list(event.object);
      case "InitDone":
        // What is still there was listed; a delete from before says nothing about it.
        tombstones.clear();
        store.completeList();
        return listed();
      case "Apply":
        store.put(event.object);
        return applied(event.object);
      case "Delete":
        tombstones.hold(event.object);
        if (!parity) tombstones.expire();
    }
  }

  return {
    pod: (event) => take(pods, event),
    owner: (kind, event) => take(kind === "jobs" ? jobs : replicasets, event),
    startNewEpoch: () => matcher.startNewEpoch(),
    nextDueMs: () => {
      const due = kinds.map(({ tombstones }) => tombstones.nextDueMs).filter((time) => time !== undefined);
      return due.length === 0 ? undefined : Math.min(...due);
    },
    expire: () => {
      for (const { tombstones } of kinds) tombstones.expire();
    },
    sizes: () => ({
      pods: podStore.objects.size,
      owners: replicasets.store.objects.size + jobs.store.objects.size,
      waitingPods: matcher.waiting.pods,
      awaitedOwners: matcher.waiting.owners,
      heldDeletes: kinds.reduce((sum, { tombstones }) => sum + tombstones.size, 0),
    }),
  };
}
