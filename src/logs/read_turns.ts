/**
 * Turns for reads of many bytes.
 *
 * Such a read keeps a processor busy for as long as it takes to copy what is in memory. Were those of all scans done at once, their threads would take the
 * processors from the one that answers. A read that is not over soon waits for a disk, which takes no processor, and the next one begins.
 *
 * @module
 */

/** What can be set. */
export interface ReadTurnsOptions {
  /** How many reads have their turn at once. */
  readonly most: number;
  /** After so long, in milliseconds, a turn is over even if the read is not. */
  readonly slowMs: number;
}

/** One read's turn. */
interface Turn {
  readonly begunAt: number;
}

/** Makes the function that reads when it is its turn, in the order in which it is called. */
export function createReadTurns({ most, slowMs }: ReadTurnsOptions): <T>(read: () => Promise<T>) => Promise<T> {
  const turns = new Set<Turn>();
  const waiting: ((turn: Turn) => void)[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;

  function begin(): Turn {
    const turn = { begunAt: performance.now() };
    turns.add(turn);
    return turn;
  }

  function next(): Promise<Turn> {
    timer ??= setTimeout(endSlow, slowMs);
    return new Promise((resolve) => waiting.push(resolve));
  }

  function end(turn: Turn): void {
    if (turns.delete(turn)) waiting.shift()?.(begin());
    if (waiting.length > 0 || timer === undefined) return;
    clearTimeout(timer);
    timer = undefined;
  }

  function endSlow(): void {
    timer = undefined;
    const now = performance.now();
    for (const turn of [...turns]) if (now - turn.begunAt >= slowMs) end(turn);
    if (waiting.length > 0) timer = setTimeout(endSlow, slowMs);
  }

  return async (read) => {
    const turn = turns.size < most ? begin() : await next();
    try {
      return await read();
    } finally {
      end(turn);
    }
  };
}
