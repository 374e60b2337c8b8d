/**
 * A limited number of places, and a bounded queue in front of them.
 *
 * Owns who is next: keys take turns, so that one with a thousand requests does not hold up one with a single request,
 * and requests of one key go in their order. Promises that a place that was left, or a request that was cancelled while
 * it waited, is free at once, and that nobody waits for longer than the limit. Does not know what is done in a place.
 *
 * @module
 */
import { KubeRequestError } from "./errors.ts";

/** Limits of an {@linkcode AdmissionQueue}. */
export interface AdmissionQueueOptions {
  /** Places. */
  readonly maxActive: number;
  /** Requests that wait, of all keys together. @default {5_000} */
  readonly maxWaiting?: number;
  /** Requests that wait, of one key. @default {1_000} */
  readonly maxWaitingPerKey?: number;
  /** Milliseconds for which a request waits. @default {60_000} */
  readonly maxWaitMs?: number;
}

/** Places that are waited for. */
export interface AdmissionQueue {
  /**
   * Resolves when there is a place, which is held until it is disposed of. Rejects with the signal's reason, or with a
   * `KubeRequestError` when the queue is full or the wait takes too long.
   */
  enter(key: string, options: { readonly signal: AbortSignal }): Promise<Disposable>;
  /** Requests that wait. */
  readonly waiting: number;
  /** Places that are held. */
  readonly active: number;
}

/** A request that waits; called when there is a place for it. */
type Waiter = () => void;

/** All places are free. */
export function createAdmissionQueue(options: AdmissionQueueOptions): AdmissionQueue {
  const { maxActive, maxWaiting = 5_000, maxWaitingPerKey = 1_000, maxWaitMs = 60_000 } = options;
  /** Waiters by key; the first key is next, and no set is empty. */
  const waiters = new Map<string, Set<Waiter>>();
  let waiting = 0;
  let active = 0;

  function join(key: string, waiter: Waiter): void {
    const ofKey = waiters.get(key) ?? new Set();
    if (waiting >= maxWaiting || ofKey.size >= maxWaitingPerKey) {
      throw new KubeRequestError(
        `Cannot ask the API server: ${waiting} requests wait already, ${ofKey.size} of this caller`,
        {
          failure: "overloaded",
        },
      );
    }
    waiters.set(key, ofKey.add(waiter));
    waiting++;
  }

  function quit(key: string, waiter: Waiter): void {
    const ofKey = waiters.get(key);
    if (ofKey?.delete(waiter) !== true) return;
    waiting--;
    if (ofKey.size === 0) waiters.delete(key);
  }

  /** Gives a free place to the next waiter; its key is the last one afterwards. */
  function admit(): void {
    for (const [key, ofKey] of waiters) {
      for (const waiter of ofKey) {
        quit(key, waiter);
        if (waiters.delete(key)) waiters.set(key, ofKey);
        waiter();
        return;
      }
    }
  }

  function place(): Disposable {
    let isHeld = true;
    active++;
    return {
      [Symbol.dispose]: () => {
        if (!isHeld) return;
        isHeld = false;
        active--;
        admit();
      },
    };
  }

  async function waitFor(key: string, signal: AbortSignal): Promise<Disposable> {
    const { promise, resolve, reject } = Promise.withResolvers<Disposable>();
    const waiter = (): void => resolve(place());
    join(key, waiter);
    // At once, so that no place is given to somebody who has gone.
    const giveUp = (reason: unknown): void => {
      quit(key, waiter);
      reject(reason);
    };
    const onAbort = (): void => giveUp(signal.reason);
    signal.addEventListener("abort", onAbort);
    const timer = setTimeout(() => {
      const message = `Cannot ask the API server: no turn within ${maxWaitMs} ms`;
      giveUp(new KubeRequestError(message, { failure: "overloaded" }));
    }, maxWaitMs);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    }
  }

  return {
    enter: async (key, { signal }) => {
      signal.throwIfAborted();
      return active < maxActive ? place() : await waitFor(key, signal);
    },
    get waiting(): number {
      return waiting;
    },
    get active(): number {
      return active;
    },
  };
}
