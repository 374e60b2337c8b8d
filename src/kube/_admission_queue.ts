/**
 * A limited number of slots, and a bounded queue in front of them.
 *
 * Owns which request is next: the keys alternate, so that one with a thousand requests does not hold up one with a
 * single request, and the requests of one key go in their order. Promises that a slot is free again as soon as it is
 * given back or its request is cancelled, and that nothing waits for longer than the limit. Does not know what a slot
 * is used for.
 *
 * @module
 */
import { KubeRequestError, type QueueLimit } from "./errors.ts";

/** Limits of an {@linkcode AdmissionQueue}. */
export interface AdmissionQueueOptions {
  /** Slots. */
  readonly maxActive: number;
  /** Requests that wait, of all keys together. @default {5_000} */
  readonly maxWaiting?: number;
  /** Requests that wait, of one key. @default {1_000} */
  readonly maxWaitingPerKey?: number;
  /** Milliseconds for which a request waits. @default {60_000} */
  readonly maxWaitMs?: number;
}

/** A request that waits; called when there is a slot for it. */
type Waiter = () => void;

function overloaded(limit: QueueLimit, detail: string): KubeRequestError {
  return new KubeRequestError(`Cannot ask the API server: ${detail}`, { failure: "overloaded", limit });
}

/** Slots that are waited for; all are free at first. */
export class AdmissionQueue {
  readonly #maxActive: number;
  readonly #maxWaiting: number;
  readonly #maxWaitingPerKey: number;
  readonly #maxWaitMs: number;
  /** Waiters by key; the first key is next, and no set is empty. */
  readonly #waiters = new Map<string, Set<Waiter>>();
  #waiting = 0;
  #active = 0;

  constructor(options: AdmissionQueueOptions) {
    const { maxActive, maxWaiting = 5_000, maxWaitingPerKey = 1_000, maxWaitMs = 60_000 } = options;
    this.#maxActive = maxActive;
    this.#maxWaiting = maxWaiting;
    this.#maxWaitingPerKey = maxWaitingPerKey;
    this.#maxWaitMs = maxWaitMs;
  }

  /** Requests that wait. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Slots that are held. */
  get active(): number {
    return this.#active;
  }

  /**
   * Resolves when there is a slot, which is held until it is disposed of. Rejects with the signal's reason, or with a
   * `KubeRequestError` when the queue is full or the wait takes too long.
   */
  async enter(key: string, { signal }: { readonly signal: AbortSignal }): Promise<Disposable> {
    signal.throwIfAborted();
    return this.#active < this.#maxActive ? this.#hold() : await this.#waitFor(key, signal);
  }

  async #waitFor(key: string, signal: AbortSignal): Promise<Disposable> {
    const { promise, resolve, reject } = Promise.withResolvers<Disposable>();
    const waiter = (): void => resolve(this.#hold());
    this.#join(key, waiter);
    // At once, so that no slot is given to a request that was cancelled.
    const giveUp = (reason: unknown): void => {
      this.#quit(key, waiter);
      reject(reason);
    };
    const onAbort = (): void => giveUp(signal.reason);
    signal.addEventListener("abort", onAbort);
    const timer = setTimeout(() => {
      giveUp(overloaded("wait", `no slot within ${this.#maxWaitMs} ms`));
    }, this.#maxWaitMs);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    }
  }

  #join(key: string, waiter: Waiter): void {
    const ofKey = this.#waiters.get(key) ?? new Set();
    if (this.#waiting >= this.#maxWaiting) throw overloaded("waiting", `${this.#maxWaiting} reviews wait already`);
    if (ofKey.size >= this.#maxWaitingPerKey) {
      throw overloaded("waiting_per_caller", `${this.#maxWaitingPerKey} reviews of this caller wait already`);
    }
    this.#waiters.set(key, ofKey.add(waiter));
    this.#waiting++;
  }

  #quit(key: string, waiter: Waiter): void {
    const ofKey = this.#waiters.get(key);
    if (ofKey?.delete(waiter) !== true) return;
    this.#waiting--;
    if (ofKey.size === 0) this.#waiters.delete(key);
  }

  #hold(): Disposable {
    let isHeld = true;
    this.#active++;
    return {
      [Symbol.dispose]: () => {
        if (!isHeld) return;
        isHeld = false;
        this.#active--;
        this.#admit();
      },
    };
  }

  /** Gives a free slot to the next waiter; its key is the last one afterwards. */
  #admit(): void {
    for (const [key, ofKey] of this.#waiters) {
      for (const waiter of ofKey) {
        this.#quit(key, waiter);
        if (this.#waiters.delete(key)) this.#waiters.set(key, ofKey);
        waiter();
        return;
      }
    }
  }
}
