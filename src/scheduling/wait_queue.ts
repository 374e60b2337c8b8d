/**
 * A queue of callers that wait, first in, first out.
 *
 * Promises that a caller whose signal is aborted leaves the queue at once, that the others keep their order, and that
 * no listener outlives a wait. Every queue of this room is one of these.
 *
 * @module
 */
import type { WaitOptions } from "./abortable.ts";

/** How a caller waits. */
export interface QueueOptions extends WaitOptions {
  /** Is called when the signal has taken this caller out of the queue. */
  readonly onAbort?: () => void;
}

/** An empty queue. A wait ends with a `T`. */
export class WaitQueue<T = void> {
  readonly #waiters = new Set<Waiter<T>>();

  /** How many wait. */
  get size(): number {
    return this.#waiters.size;
  }

  /** Resolves with what {@linkcode admitNext} is given for this caller; rejects with the signal's reason. */
  wait(options: QueueOptions): Promise<T> {
    const { signal } = options;
    if (signal.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const waiter = new Waiter(this.#waiters, { options, resolve, reject });
      signal.addEventListener("abort", waiter);
      this.#waiters.add(waiter);
    });
  }

  /** Ends the wait of the first caller with `value`. Reports whether anybody waited. */
  admitNext(value: T): boolean {
    for (const waiter of this.#waiters) {
      waiter.admit(value);
      return true;
    }
    return false;
  }
}

/** What settles a wait. */
interface Wait<T> {
  readonly options: QueueOptions;
  readonly resolve: (value: T) => void;
  readonly reject: (reason: unknown) => void;
}

/** A caller in a queue; it is its own listener, which saves a closure for each wait. */
class Waiter<T> implements EventListenerObject {
  readonly #queue: Set<Waiter<T>>;
  readonly #wait: Wait<T>;

  constructor(queue: Set<Waiter<T>>, wait: Wait<T>) {
    this.#queue = queue;
    this.#wait = wait;
  }

  admit(value: T): void {
    this.#remove();
    this.#wait.resolve(value);
  }

  handleEvent(): void {
    const { options, reject } = this.#wait;
    this.#remove();
    reject(options.signal.reason);
    options.onAbort?.();
  }

  #remove(): void {
    this.#queue.delete(this);
    this.#wait.options.signal.removeEventListener("abort", this);
  }
}
