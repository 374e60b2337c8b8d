/**
 * A pool of a few resources that many callers take one after the other: round-robin by identity and connection, see
 * `wait_queue.ts`, and there in the order in which they ask.
 *
 * New callers queue separately, and running callers go first while many of them wait. A thousand callers that alternate
 * would all end at the very end, and each holds an open file and a state; a few that alternate end soon and make room.
 * So a new caller waits longer while those of its own connection run. One of a connection that has few running gets
 * every second resource: it does not wait for the thousand of another.
 *
 * @module
 */
import type { WaitOptions } from "./abortable.ts";
import { limits } from "./limits.ts";
import type { Share } from "./share.ts";
import { WaitQueue } from "./wait_queue.ts";

/** A resource that is lent; disposing of it gives it back. */
export interface Lent<T> extends Disposable {
  /** The resource. */
  readonly item: T;
}

/** Resources to take. */
export interface ResourcePool<T> {
  /** Lends one as soon as one is free; rejects with the signal's reason. */
  take(options: WaitOptions): Promise<Lent<T>>;
  /** Resolves when a new caller may begin to take: at once, when one is free. Rejects with the signal's reason. */
  begin(options: WaitOptions): Promise<void>;
  /** Lends one when more than `kept` are free. */
  takeSpare(kept: number): Lent<T> | undefined;
  /** How many new callers wait. */
  queued(): number;
}

/** Lends these. */
export function createResourcePool<T>(items: readonly T[]): ResourcePool<T> {
  const free = [...items];
  const runningCallers = new WaitQueue<Lent<T>>();
  const newCallers = new WaitQueue<Lent<T>>();
  let lendsSinceNew = 0;
  let lendsSinceLight = 0;

  /** Reports whether a connection has few running among all that have some. */
  const isLight = (share: Share): boolean =>
    runningCallers.sizeOf(share) * (runningCallers.lanes + 1) < limits.busyPoolCallers;

  /** Lends to a new caller, where one is due; reports whether one was. */
  function lendToNew(lent: Lent<T>): boolean {
    lendsSinceNew++;
    lendsSinceLight++;
    const running = runningCallers.size;
    if (running < limits.busyPoolCallers || lendsSinceNew >= limits.lendsPerNewStream) {
      lendsSinceNew = 0;
      return newCallers.admitNext(lent);
    }
    if (running >= limits.maxPoolCallers || lendsSinceLight < limits.lendsPerLightStream) return false;
    if (!newCallers.admitNext(lent, isLight)) return false;
    lendsSinceLight = 0;
    return true;
  }

  function lend(item: T): Lent<T> {
    let isLent = true;
    return {
      item,
      [Symbol.dispose]: () => {
        if (!isLent) return;
        isLent = false;
        if (runningCallers.size + newCallers.size === 0) {
          free.push(item);
          return;
        }
        const next = lend(item);
        if (!lendToNew(next)) runningCallers.admitNext(next);
      },
    };
  }

  function takeIn(queue: WaitQueue<Lent<T>>, options: WaitOptions): Promise<Lent<T>> {
    if (options.signal.aborted) return Promise.reject(options.signal.reason);
    const item = free.pop();
    return item === undefined ? queue.wait(options) : Promise.resolve(lend(item));
  }

  return {
    take: (options) => takeIn(runningCallers, options),
    begin: async (options) => {
      const lent = await takeIn(newCallers, options);
      lent[Symbol.dispose]();
    },
    takeSpare: (kept) => {
      const item = free.length > kept ? free.pop() : undefined;
      return item === undefined ? undefined : lend(item);
    },
    queued: () => newCallers.size,
  };
}
