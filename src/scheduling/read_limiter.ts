/**
 * A limit on large reads that run at the same time.
 *
 * A read of cached bytes keeps a processor busy while they are copied. Many such reads at once would take all
 * processors from the serving thread. A read that takes longer waits for a disk, which takes no processor: after a
 * while it does not count any more, and the next read begins.
 *
 * @module
 */
import { setTimeout } from "node:timers";
import type { WaitOptions } from "./abortable.ts";
import { WaitQueue } from "./wait_queue.ts";

/** What can be set. */
export interface ReadLimiterOptions {
  /** How many reads may run at once. */
  readonly maxReads: number;
  /** Milliseconds after which a read does not count any more. */
  readonly slowMs: number;
}

/** Runs `read` when it may begin, in the order of the calls. Rejects with the signal's reason if that comes before. */
export type ReadLimiter = <T>(read: () => Promise<T>, options: WaitOptions) => Promise<T>;

/** One read that counts. */
interface Permit {
  readonly begunAt: number;
}

/** A limiter of its own. */
export function createReadLimiter({ maxReads, slowMs }: ReadLimiterOptions): ReadLimiter {
  const permits = new Set<Permit>();
  const queue = new WaitQueue<Permit>();
  let timer: Disposable | undefined;

  function begin(): Permit {
    const permit = { begunAt: performance.now() };
    permits.add(permit);
    return permit;
  }

  /** The timer runs only while somebody waits. */
  function stopTimer(): void {
    if (queue.size > 0) return;
    timer?.[Symbol.dispose]();
    timer = undefined;
  }

  function next({ signal }: WaitOptions): Promise<Permit> {
    timer ??= setTimeout(endSlow, slowMs);
    return queue.wait({ signal, onAbort: stopTimer });
  }

  function end(permit: Permit): void {
    if (permits.delete(permit) && queue.size > 0) queue.admitNext(begin());
    stopTimer();
  }

  function endSlow(): void {
    timer = undefined;
    const now = performance.now();
    for (const permit of [...permits]) if (now - permit.begunAt >= slowMs) end(permit);
    if (queue.size > 0) timer = setTimeout(endSlow, slowMs);
  }

  return async (read, options) => {
    options.signal.throwIfAborted();
    const permit = permits.size < maxReads ? begin() : await next(options);
    try {
      return await read();
    } finally {
      end(permit);
    }
  };
}
