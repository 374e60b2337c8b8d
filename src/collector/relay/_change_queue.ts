/**
 * Changes of pods that wait for a relay, bounded in bytes.
 *
 * Promises that at most one change waits for each pod: a later one is joined with it, in its place, and a pod that has
 * come and gone meanwhile is not told at all. So what waits is bounded by how many pods there are, and the limit is
 * only met when most of a large cluster changes while the relay takes nothing.
 *
 * @module
 */
import type { PodChange } from "./_relay_messages.ts";

/** Changes, first in, first out. */
export interface ChangeQueue {
  /** How many changes wait. */
  readonly size: number;
  /** About as many bytes as they take. */
  readonly bytes: number;
  /**
   * Puts a change last, or joins it with the one that waits; false, and nothing is done, when that takes too many
   * bytes.
   */
  push(change: PodChange): boolean;
  /** Takes the first. */
  shift(): PodChange | undefined;
  /** Forgets all. */
  clear(): void;
}

/** What the engine needs for a change with its place in the queue, and for a container in it. */
const CHANGE_BYTES = 160;
const CONTAINER_BYTES = 64;
const REFERENCE_BYTES = 8;

/** An empty queue. */
export function createChangeQueue({ maxBytes }: { readonly maxBytes: number }): ChangeQueue {
  // A map keeps the order of insertion. One iterator goes through it as long as there is something: a new one for each
  // change would step over all those that were taken before.
  const changes = new Map<string, PodChange>();
  let inOrder = changes.entries();
  let bytes = 0;

  function push(change: PodChange): boolean {
    const uid = uidOf(change);
    const before = changes.get(uid);
    const joined = before === undefined ? change : join(before, change);
    const more = bytesOf(joined) - bytesOf(before);
    if (more > 0 && bytes + more > maxBytes) return false;
    bytes += more;
    if (joined === undefined) changes.delete(uid);
    else changes.set(uid, joined);
    return true;
  }

  function shift(): PodChange | undefined {
    if (changes.size === 0) return undefined;
    let next = inOrder.next();
    if (next.done) next = (inOrder = changes.entries()).next();
    if (next.done) return undefined;
    const [uid, change] = next.value;
    changes.delete(uid);
    bytes -= bytesOf(change);
    return change;
  }

  return {
    get size(): number {
      return changes.size;
    },
    get bytes(): number {
      return bytes;
    },
    push,
    shift,
    clear: () => {
      changes.clear();
      inOrder = changes.entries();
      bytes = 0;
    },
  };
}

function uidOf(change: PodChange): string {
  return change.event === "ADDED" ? change.pod.uid : change.uid;
}

/**
 * One change that says what two say, of which the relay has heard neither; nothing where nothing is left to be told.
 */
function join(before: PodChange, after: PodChange): PodChange | undefined {
  switch (after.event) {
    case "ADDED":
      return before.event === "DELETED" || (before.event === "ADDED" && before.isAgain)
        ? { ...after, isAgain: true }
        : after;
    case "MODIFIED":
      if (before.event === "ADDED") return { ...before, containers: after.containers, isChanged: true };
      return before.event === "MODIFIED" ? after : before;
    case "DELETED":
      return before.event === "ADDED" && !before.isAgain ? undefined : after;
  }
}

/** A pod that is told is the one that the pod table holds; a change, and what a changed pod was before, are our own. */
function bytesOf(change: PodChange | undefined): number {
  if (change === undefined) return 0;
  const { event } = change;
  if (event === "DELETED") return CHANGE_BYTES + change.uid.length;
  if (event === "ADDED" && !change.isChanged) return CHANGE_BYTES + REFERENCE_BYTES * change.containers.length;
  let bytes = CHANGE_BYTES + uidOf(change).length + (event === "ADDED" ? change.pod.version.length : 0);
  for (const { id, name, image } of change.containers) {
    bytes += CONTAINER_BYTES + id.length + name.length + image.length;
  }
  return bytes;
}
