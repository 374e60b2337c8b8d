/**
 * Writers that append to logs while the demonstration runs, as containers do.
 *
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { ContainerLog } from "../../tests/fakes/log_tree.ts";

/** What is written to a log. */
export interface Writing {
  /** The log. */
  readonly log: ContainerLog;
  /** The text of the line that comes so many lines after the beginning. */
  readonly textOf: (tick: number) => string;
}

/** How writers write. */
export interface WritersOptions {
  /** Milliseconds from one line of a log to the next. @default {100} */
  readonly everyMs?: number;
}

/** Starts to append a line to each log again and again. Disposing ends it, and throws what went wrong meanwhile. */
export function startWriters(writings: readonly Writing[], options: WritersOptions = {}): AsyncDisposable {
  const { everyMs = 100 } = options;
  const stop = new AbortController();

  async function write(): Promise<void> {
    for (let tick = 0; !stop.signal.aborted; tick++) {
      await Promise.all(writings.map(({ log, textOf }) => log.append([textOf(tick)])));
      await sleep(everyMs, undefined, { signal: stop.signal }).catch(() => {});
    }
  }

  const written = write();
  // It is thrown by the disposal; until then it is nobody's, which would end the process.
  written.catch(() => {});
  return {
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await written;
    },
  };
}
