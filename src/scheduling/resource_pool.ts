/**
 * Lending a few things to many, in the order in which they ask.
 *
 * Who is new waits in a line of their own, and lets those that go on already go first when these are many: a thousand who take turns would all be done
 * at the very end, and each holds an open file and what it remembers; a few who take turns are done soon and make room.
 *
 * @module
 */

/** A lent thing; disposing of it gives it back. */
export interface Lent<T> extends Disposable {
  /** The thing. */
  readonly item: T;
}

/** While as many wait to go on, somebody new waits longer. */
const MANY = 16;
/** One thing in so many is lent to somebody new, however many wait to go on. */
const LENDS_PER_NEW = 16;

/** Things to borrow. */
export interface ResourcePool<T> {
  /** Lends one as soon as one is free; rejects with the signal's reason. */
  take(options: { readonly signal: AbortSignal }): Promise<Lent<T>>;
  /** Resolves when somebody new may begin to take: at once, when one is free. Rejects with the signal's reason. */
  begin(options: { readonly signal: AbortSignal }): Promise<void>;
  /** Lends one when more than `kept` are free. */
  takeSpare(kept: number): Lent<T> | undefined;
}

interface Waiter<T> {
  readonly resolve: (lent: Lent<T>) => void;
  readonly signal: AbortSignal;
  readonly onAbort: () => void;
}

/** Those who wait, the first one first. */
type Queue<T> = Set<Waiter<T>>;

/** Lends these. */
export function createResourcePool<T>(items: readonly T[]): ResourcePool<T> {
  const free = [...items];
  const running: Queue<T> = new Set();
  const admitted: Queue<T> = new Set();
  let sinceNew = 0;

  function nextLine(): Queue<T> {
    sinceNew++;
    if (admitted.size === 0 || (running.size >= MANY && sinceNew < LENDS_PER_NEW)) return running;
    sinceNew = 0;
    return admitted;
  }

  const lend = (item: T): Lent<T> => {
    let lent = true;
    return {
      item,
      [Symbol.dispose]: () => {
        if (!lent) return;
        lent = false;
        const line = nextLine();
        for (const next of line) {
          line.delete(next);
          next.signal.removeEventListener("abort", next.onAbort);
          next.resolve(lend(item));
          return;
        }
        free.push(item);
      },
    };
  };

  function takeIn(line: Queue<T>, signal: AbortSignal): Promise<Lent<T>> {
    if (signal.aborted) return Promise.reject(signal.reason);
    const item = free.pop();
    if (item !== undefined) return Promise.resolve(lend(item));
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        line.delete(waiter);
        reject(signal.reason);
      };
      const waiter: Waiter<T> = { resolve, signal, onAbort };
      signal.addEventListener("abort", onAbort, { once: true });
      line.add(waiter);
    });
  }

  return {
    take: ({ signal }) => takeIn(running, signal),
    begin: async ({ signal }) => {
      const lent = await takeIn(admitted, signal);
      lent[Symbol.dispose]();
    },
    takeSpare: (kept) => {
      const item = free.length > kept ? free.pop() : undefined;
      return item === undefined ? undefined : lend(item);
    },
  };
}
