/**
 * One piece of work for all who want the same thing at the same time.
 *
 * Promises that `start` runs once for each key as long as anybody waits, that one who leaves takes nothing from the
 * others, and that work nobody waits for any more is aborted. Keeps no results.
 *
 * @module
 */

/** Work under way, by key. */
export interface SingleFlight<T> {
  /** The outcome of the work for `key`, begun now unless it is under way. Rejects with the signal's reason. */
  join(key: string, options: JoinOptions<T>): Promise<T>;
}

/** How one waits for shared work. */
export interface JoinOptions<T> {
  /** Begins the work; its signal tells that nobody waits any more. */
  readonly start: (signal: AbortSignal) => Promise<T>;
  /** Ends the wait of this one. */
  readonly signal: AbortSignal;
}

interface Flight<T> {
  readonly outcome: Promise<T>;
  readonly controller: AbortController;
  waiting: number;
}

/** Nothing under way yet. */
export function createSingleFlight<T>(): SingleFlight<T> {
  const flights = new Map<string, Flight<T>>();

  function begin(
    key: string,
    start: (signal: AbortSignal) => Promise<T>,
  ): Flight<T> {
    const controller = new AbortController();
    const flight: Flight<T> = { outcome: start(controller.signal), controller, waiting: 0 };
    flights.set(key, flight);
    return flight;
  }

  async function join(key: string, { start, signal }: JoinOptions<T>): Promise<T> {
    signal.throwIfAborted();
    const flight = flights.get(key) ?? begin(key, start);
    flight.waiting++;
    const left = Promise.withResolvers<never>();
    const onAbort = (): void => left.reject(signal.reason);
    signal.addEventListener("abort", onAbort);
    try {
      return await Promise.race([flight.outcome, left.promise]);
    } finally {
      signal.removeEventListener("abort", onAbort);
      flight.waiting--;
      if (flight.waiting === 0) {
        // Landed, or nobody is left to wait: either way newcomers begin anew.
        if (flights.get(key) === flight) flights.delete(key);
        flight.controller.abort();
      }
    }
  }

  return { join };
}
