/**
 * A time limit for a request to the API server, distinct from the signal that ends everything.
 *
 * @module
 */
import { KubeRequestError } from "./errors.ts";

/** A time limit that can be put off. */
export interface Deadline extends Disposable {
  /** Aborted by the outer signal or when the time is over. */
  readonly signal: AbortSignal;
  /** Resolves as `promise` does; rejects with a `KubeRequestError` if the time is over. */
  orReason<T>(promise: Promise<T>): Promise<T>;
  /** Begins the time anew. */
  restart(): void;
  /** Stops measuring the time. */
  stop(): void;
  /** Milliseconds since the limit was made. */
  elapsedMs(): number;
}

/** How long, and what is reported when it is over. */
export interface DeadlineOptions {
  /** Milliseconds. */
  readonly ms: number;
  /** What did not happen, for the message. */
  readonly what: string;
}

/** Returns a limit that begins now. */
export function startDeadline(outer: AbortSignal, { ms, what }: DeadlineOptions): Deadline {
  const over = new AbortController();
  const signal = AbortSignal.any([outer, over.signal]);
  const start = performance.now();
  let heardAt = start;
  // Put off by noting the time: a timer is not set anew for each of a thousand events a second.
  function check(): void {
    const leftMs = heardAt + ms - performance.now();
    if (leftMs > 0) timer = setTimeout(check, leftMs);
    else over.abort();
  }
  let timer = setTimeout(check, ms);
  const stop = (): void => clearTimeout(timer);
  return {
    signal,
    orReason: async (promise) => {
      try {
        return await promise;
      } catch (error) {
        outer.throwIfAborted();
        if (!over.signal.aborted) throw error;
        throw new KubeRequestError(`${what} within ${ms} ms`, { failure: "timeout" });
      }
    },
    restart: () => {
      heardAt = performance.now();
    },
    stop,
    elapsedMs: () => performance.now() - start,
    [Symbol.dispose]: stop,
  };
}
