/**
 * Turns for reads of many bytes.
 *
 * Such a read keeps a processor busy for as long as it takes to copy what is in memory. Were those of all scans done at once, their threads would take the
 * processors from the one that answers. A read that is not over soon waits for a disk, which takes no processor, and the next one begins.
 *
 * @module
 */

/** What can be set. */
export interface ReadLimiterOptions {
  /** How many reads have their turn at once. */
  readonly max: number;
  /** After so long, in milliseconds, a turn is over even if the read is not. */
  readonly slowMs: number;
}

/** One read's turn. */
interface Permit {
  readonly begunAt: number;
}

/** Makes the function that reads when it is its turn, in the order in which it is called. */
export function createReadLimiter({ max, slowMs }: ReadLimiterOptions): <T>(read: () => Promise<T>) => Promise<T> {
  const permits = new Set<Permit>();
  const waiting: ((permit: Permit) => void)[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;

  function begin(): Permit {
    const permit = { begunAt: performance.now() };
    permits.add(permit);
    return permit;
  }

  function next(): Promise<Permit> {
    timer ??= setTimeout(endSlow, slowMs);
    return new Promise((resolve) => waiting.push(resolve));
  }

  function end(permit: Permit): void {
    if (permits.delete(permit)) waiting.shift()?.(begin());
    if (waiting.length > 0 || timer === undefined) return;
    clearTimeout(timer);
    timer = undefined;
  }

  function endSlow(): void {
    timer = undefined;
    const now = performance.now();
    for (const permit of [...permits]) if (now - permit.begunAt >= slowMs) end(permit);
    if (waiting.length > 0) timer = setTimeout(endSlow, slowMs);
  }

  return async (read) => {
    const permit = permits.size < max ? begin() : await next();
    try {
      return await read();
    } finally {
      end(permit);
    }
  };
}
