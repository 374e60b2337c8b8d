/**
 * A queue of callers that wait: fair between identities, then between the connections of one identity; first in, first
 * out on one connection.
 *
 * Promises that a caller with a thousand waits delays another by one of them at a time, that a caller whose signal is
 * aborted leaves the queue at once, that the others keep their order, and that no listener outlives a wait. Every queue
 * of this room is one of these.
 *
 * @module
 */
import type { WaitOptions } from "./abortable.ts";
import { type Share, shareOf } from "./share.ts";

/** How a caller waits. */
export interface QueueOptions extends WaitOptions {
  /** Is called when the signal has taken this caller out of the queue. */
  readonly onAbort?: () => void;
}

/** The callers of one connection, in their order. */
type Lane<T> = Set<Waiter<T>>;

/** An empty queue. A wait ends with a `T`. */
export class WaitQueue<T = void> {
  /** The lanes by identity and connection; the first of each is served next. */
  readonly #identities = new Map<string, Map<object | undefined, Lane<T>>>();
  #size = 0;
  #lanes = 0;

  /** How many wait. */
  get size(): number {
    return this.#size;
  }

  /** On how many connections they came. One that several identities use counts once for each of them. */
  get lanes(): number {
    return this.#lanes;
  }

  /** How many wait that are of one identity and connection. */
  sizeOf({ identity, connection }: Share): number {
    return this.#identities.get(identity)?.get(connection)?.size ?? 0;
  }

  /** Resolves with what {@linkcode admitNext} is given for this caller; rejects with the signal's reason. */
  wait(options: QueueOptions): Promise<T> {
    const { signal } = options;
    if (signal.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const waiter = new Waiter({ options, share: shareOf(signal), resolve, reject, onEnd: this.#removeWaiter });
      signal.addEventListener("abort", waiter);
      this.#enter(waiter);
    });
  }

  /**
   * Ends the wait of the next caller with `value`, of those whose share is accepted. Reports whether there was one.
   * @default {accepts all}
   */
  admitNext(value: T, accepts?: (share: Share) => boolean): boolean {
    for (const [identity, lanes] of this.#identities) {
      for (const [connection, lane] of lanes) {
        const [waiter] = lane;
        if (waiter === undefined || accepts !== undefined && !accepts(waiter.share)) continue;
        // Behind all others, where there are others.
        if (this.#identities.size > 1) {
          this.#identities.delete(identity);
          this.#identities.set(identity, lanes);
        }
        if (lanes.size > 1) {
          lanes.delete(connection);
          lanes.set(connection, lane);
        }
        waiter.admit(value);
        return true;
      }
    }
    return false;
  }

  #enter(waiter: Waiter<T>): void {
    const { identity, connection } = waiter.share;
    let lanes = this.#identities.get(identity);
    if (lanes === undefined) this.#identities.set(identity, lanes = new Map());
    let lane = lanes.get(connection);
    if (lane === undefined) {
      lanes.set(connection, lane = new Set());
      this.#lanes++;
    }
    lane.add(waiter);
    this.#size++;
  }

  readonly #removeWaiter = (waiter: Waiter<T>): void => {
    const { identity, connection } = waiter.share;
    const lanes = this.#identities.get(identity);
    const lane = lanes?.get(connection);
    if (lanes === undefined || lane === undefined || !lane.delete(waiter)) return;
    this.#size--;
    if (lane.size > 0) return;
    this.#lanes--;
    lanes.delete(connection);
    if (lanes.size === 0) this.#identities.delete(identity);
  };
}

/** What settles a wait. */
interface Wait<T> {
  readonly options: QueueOptions;
  readonly share: Share;
  readonly resolve: (value: T) => void;
  readonly reject: (reason: unknown) => void;
  readonly onEnd: (waiter: Waiter<T>) => void;
}

/** A caller in a queue; it is its own listener, which saves a closure for each wait. */
class Waiter<T> implements EventListenerObject {
  readonly #wait: Wait<T>;

  constructor(wait: Wait<T>) {
    this.#wait = wait;
  }

  get share(): Share {
    return this.#wait.share;
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
    this.#wait.onEnd(this);
    this.#wait.options.signal.removeEventListener("abort", this);
  }
}
