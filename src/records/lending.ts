/**
 * Lending a few things to many, in the order in which they ask.
 *
 * @module
 */

/** A lent thing; disposing of it gives it back. */
export interface Lent<T> extends Disposable {
  /** The thing. */
  readonly item: T;
}

/** Things to borrow. */
export interface Lending<T> {
  /** Lends one as soon as one is free; rejects with the signal's reason. */
  take(options: { readonly signal: AbortSignal }): Promise<Lent<T>>;
  /** Lends one when more than `kept` are free. */
  takeSpare(kept: number): Lent<T> | undefined;
}

interface Waiter<T> {
  readonly resolve: (lent: Lent<T>) => void;
  readonly signal: AbortSignal;
  readonly onAbort: () => void;
}

/** Lends these. */
export function createLending<T>(items: readonly T[]): Lending<T> {
  const free = [...items];
  const waiting: Waiter<T>[] = [];

  const lend = (item: T): Lent<T> => {
    let lent = true;
    return {
      item,
      [Symbol.dispose]: () => {
        if (!lent) return;
        lent = false;
        const next = waiting.shift();
        if (next === undefined) {
          free.push(item);
        } else {
          next.signal.removeEventListener("abort", next.onAbort);
          next.resolve(lend(item));
        }
      },
    };
  };

  return {
    take: ({ signal }) => {
      if (signal.aborted) return Promise.reject(signal.reason);
      const item = free.pop();
      if (item !== undefined) return Promise.resolve(lend(item));
      return new Promise((resolve, reject) => {
        const onAbort = (): void => {
          waiting.splice(waiting.indexOf(waiter), 1);
          reject(signal.reason);
        };
        const waiter: Waiter<T> = { resolve, signal, onAbort };
        signal.addEventListener("abort", onAbort, { once: true });
        waiting.push(waiter);
      });
    },
    takeSpare: (kept) => {
      const item = free.length > kept ? free.pop() : undefined;
      return item === undefined ? undefined : lend(item);
    },
  };
}
