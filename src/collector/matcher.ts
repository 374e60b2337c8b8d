/**
 * Reports pods together with their owners, as soon as both are known.
 *
 * A pod is reported when it has an address and its owner is known: at once, or when the ReplicaSet or Job that it names
 * comes. Its owner is that ReplicaSet's Deployment or that Job's CronJob where there is one. A reported pod is reported
 * again only in a new epoch. Its containers are, at every change of the pod, because they start one after the other.
 * Searches the stores for objects; they know of a change before this does.
 *
 * @module
 */
import { NO_OWNER_KIND, type Owner, type OwnerReference, type Pod } from "./pod.ts";
import type { PodEvent } from "./pod_event.ts";

/** What a matcher reads, and where its events go. */
export interface MatcherOptions {
  /** The present pods. */
  readonly pods: () => ReadonlyMap<string, Pod>;
  /** A ReplicaSet or Job, if it is known. */
  readonly ownerOf: (uid: string) => Owner | undefined;
  /** Takes each event. */
  readonly emit: (event: PodEvent) => void;
  /**
   * Whether a pod that was reported in an earlier epoch counts as reported in a new one, as in the original, which then
   * reports containers of pods that it has not reported.
   */
  readonly keepsLive: boolean;
}

/** Joins pods and owners. */
export interface Matcher {
  /** How many pods wait for how many owners. */
  readonly waiting: { readonly pods: number; readonly owners: number };
  /** A pod is new or changed. */
  podApplied(pod: Pod): void;
  /** A pod is gone. */
  podDeleted(uid: string): void;
  /** The sink knows nothing: reports everything from the beginning. */
  startNewEpoch(): void;
  /** An owner is new or changed. */
  ownerApplied(uid: string): void;
  /** Owners were listed. */
  ownersListed(): void;
}

/** Returns a matcher that has reported nothing. */
export function createMatcher(options: MatcherOptions): Matcher {
  const { pods, ownerOf, emit, keepsLive } = options;
  let epoch = 0;
  const live = new Set<string>();
  /** Pods by the owner that they wait for. */
  const waiting = new Map<string, Set<string>>();
  /** Owners by the pod that waits for them: more than one where a pod has changed hands while it waited. */
  const awaited = new Map<string, Set<string>>();

  function wait(pod: string, owner: string): void {
    getOrCreate(waiting, owner).add(pod);
    getOrCreate(awaited, pod).add(owner);
  }

  /** The pods that wait for an owner; none waits afterwards. */
  function takeWaiting(owner: string): Iterable<string> {
    const taken = waiting.get(owner) ?? new Set();
    waiting.delete(owner);
    for (const pod of taken) removeFrom(awaited, pod, owner);
    return taken;
  }

  function resolve({ owner, name }: Pod): OwnerReference | undefined {
    if (owner === undefined) return { kind: NO_OWNER_KIND, uid: "", name };
    if (owner.kind !== "ReplicaSet" && owner.kind !== "Job") return owner;
    const known = ownerOf(owner.uid);
    if (known === undefined) return undefined;
    const { controller } = known;
    return controller?.kind === "Deployment" || controller?.kind === "CronJob" ? controller : owner;
  }

  function tell(pod: Pod): void {
    if (pod.ip === "") return;
    const owner = resolve(pod);
    if (owner === undefined) return wait(pod.uid, pod.owner?.uid ?? "");
    live.add(pod.uid);
    emit({ type: "PodNew", pod, owner });
    tellContainers(pod);
  }

  function tellContainers({ uid, containers }: Pod): void {
    for (const container of containers) emit({ type: "PodContainer", uid, container });
  }

  function ownerApplied(uid: string): void {
    for (const waitingUid of takeWaiting(uid)) {
      const pod = pods().get(waitingUid);
      if (pod !== undefined) tell(pod);
    }
  }

  return {
    get waiting(): { readonly pods: number; readonly owners: number } {
      return { pods: awaited.size, owners: waiting.size };
    },
    podApplied: (pod) => live.has(pod.uid) ? tellContainers(pod) : tell(pod),
    podDeleted: (uid) => {
      if (live.delete(uid)) emit({ type: "PodDelete", uid });
      for (const owner of awaited.get(uid) ?? []) removeFrom(waiting, owner, uid);
      awaited.delete(uid);
    },
    startNewEpoch: () => {
      epoch++;
      waiting.clear();
      awaited.clear();
      if (!keepsLive) live.clear();
      emit({ type: "PodResync", epoch });
      for (const pod of pods().values()) tell(pod);
    },
    ownerApplied,
    ownersListed: () => {
      for (const uid of [...waiting.keys()]) if (ownerOf(uid) !== undefined) ownerApplied(uid);
    },
  };
}

function getOrCreate(sets: Map<string, Set<string>>, key: string): Set<string> {
  let set = sets.get(key);
  if (set === undefined) sets.set(key, set = new Set());
  return set;
}

/** An empty set does not stay. */
function removeFrom(sets: Map<string, Set<string>>, key: string, value: string): void {
  const set = sets.get(key);
  set?.delete(value);
  if (set?.size === 0) sets.delete(key);
}
