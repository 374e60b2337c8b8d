/**
 * Single flight: calls for the same key at the same time share one piece of work.
 *
 * `start` runs once for each key while anybody waits for it. A call that is aborted does not disturb the others. Work
 * that nobody waits for any more is aborted. Results are not kept.
 *
 * @module
 */
import { abortable } from "../scheduling/abortable.ts";

/** Shared work, by key. */
export interface SingleFlight<T> {
  /** Returns the outcome of the work for `key`, and begins it unless it runs. Rejects with the signal's reason. */
  join(key: string, options: JoinOptions<T>): Promise<T>;
}

/** How a call waits for shared work. */
export interface JoinOptions<T> {
  /** Begins the work; its signal aborts when nobody waits any more. */
  readonly start: (signal: AbortSignal) => Promise<T>;
  /** Ends the wait of this call. */
  readonly signal: AbortSignal;
}

interface SharedCall<T> {
  readonly outcome: Promise<T>;
  readonly controller: AbortController;
  waiting: number;
}

/** Creates a single flight without work. */
export function createSingleFlight<T>(): SingleFlight<T> {
  const calls = new Map<string, SharedCall<T>>();

  function begin(
    key: string,
    start: (signal: AbortSignal) => Promise<T>,
  ): SharedCall<T> {
    const controller = new AbortController();
    const call: SharedCall<T> = { outcome: start(controller.signal), controller, waiting: 0 };
    calls.set(key, call);
    return call;
  }

  async function join(key: string, { start, signal }: JoinOptions<T>): Promise<T> {
    signal.throwIfAborted();
    const call = calls.get(key) ?? begin(key, start);
    call.waiting++;
    try {
      return await abortable(call.outcome, { signal });
    } finally {
      call.waiting--;
      if (call.waiting === 0) {
        // The work is done, or nobody waits for it: in both cases the next call begins anew.
        if (calls.get(key) === call) calls.delete(key);
        call.controller.abort();
      }
    }
  }

  return { join };
}
