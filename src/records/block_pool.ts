/**
 * The buffers that log files are read into: a few for the whole process, lent for one turn of work.
 *
 * Promises that memory for blocks does not grow with the number of streams, and that waiters are served in order. A block is held from the start of its read
 * until its records are sent, never while a client is waited for.
 *
 * @module
 */

/** A lent buffer; disposing of it gives it back. */
export interface Block extends Disposable {
  /** The whole buffer. Its content is whatever the last borrower left. */
  readonly bytes: Uint8Array;
}

/** Buffers to borrow. */
export interface BlockPool {
  /** The size of each block in bytes. */
  readonly blockBytes: number;
  /** Lends a block as soon as one is free; rejects with the signal's reason. */
  take(options: { readonly signal: AbortSignal }): Promise<Block>;
}

/** A pool of `blocks` buffers of `blockBytes` each, allocated when first needed. */
export function createBlockPool(
  options: { readonly blocks: number; readonly blockBytes: number },
): BlockPool {
  const { blocks, blockBytes } = options;
  const free: Uint8Array[] = [];
  const waiting: {
    resolve: (block: Block) => void;
    reject: (reason: unknown) => void;
    signal: AbortSignal;
    onAbort: () => void;
  }[] = [];
  let made = 0;

  const lend = (bytes: Uint8Array): Block => {
    let lent = true;
    return {
      bytes,
      [Symbol.dispose]: () => {
        if (!lent) return;
        lent = false;
        const next = waiting.shift();
        if (next === undefined) {
          free.push(bytes);
        } else {
          next.signal.removeEventListener("abort", next.onAbort);
          next.resolve(lend(bytes));
        }
      },
    };
  };

  return {
    blockBytes,
    take: ({ signal }) => {
      if (signal.aborted) return Promise.reject(signal.reason);
      const bytes = free.pop() ??
        (made < blocks ? (made++, new Uint8Array(blockBytes)) : undefined);
      if (bytes !== undefined) return Promise.resolve(lend(bytes));
      return new Promise((resolve, reject) => {
        const waiter = { resolve, reject, signal, onAbort: (): void => {} };
        waiter.onAbort = (): void => {
          waiting.splice(waiting.indexOf(waiter), 1);
          reject(signal.reason);
        };
        signal.addEventListener("abort", waiter.onAbort, { once: true });
        waiting.push(waiter);
      });
    },
  };
}
