/**
 * Gives memory back when a crowd of streams has come, or has gone.
 *
 * V8 collects garbage when so much has been allocated since the last time. A thousand follows leave megabytes of it when they are opened, and all that they
 * had is garbage when they end; but an agent with nothing to do allocates next to nothing, and keeps it until somebody asks for more. So all of it is
 * collected, once, when the number of open streams has been another one and none has begun or ended for some seconds. That takes a tenth of a second for a
 * thousand follows, in which nobody is answered.
 *
 * Only where V8 was told to let programs do so, by `--expose-gc`; else nothing is done.
 *
 * @module
 */
import { setTimeout } from "node:timers";

/** Counts streams; when disposed of, nothing is collected any more. */
export interface IdleGc extends Disposable {
  /** A stream has begun. */
  begin(): void;
  /** A stream has ended. */
  end(): void;
}

/** What can be set. */
export interface IdleGcOptions {
  /** Collects all garbage. @default {V8's} */
  readonly collect?: () => void;
  /** Calls back after so many milliseconds, unless disposed of; keeps no process alive. @default {by setTimeout} */
  readonly later?: (callback: () => void, ms: number) => Disposable;
}

/** So many streams more or less are a crowd: a few megabytes. */
const MIN_CHANGE = 128;
/** The next crowd of those that come again and again is there by then: it would have to have code compiled anew, and memory given. */
const QUIET_MS = 10_000;

/** Streams are counted from none on. */
export function createIdleGc({ collect = collectAll, later = afterMs }: IdleGcOptions = {}): IdleGc {
  let open = 0;
  /** The fewest and the most that were open since garbage was collected. */
  let lowest = 0;
  let highest = 0;
  let waiting: Disposable | undefined;
  let isOver = false;

  function changed(by: 1 | -1): void {
    open += by;
    lowest = Math.min(lowest, open);
    highest = Math.max(highest, open);
    if (highest - lowest < MIN_CHANGE || isOver) return;
    waiting?.[Symbol.dispose]();
    waiting = later(onQuiet, QUIET_MS);
  }

  function onQuiet(): void {
    waiting = undefined;
    lowest = open;
    highest = open;
    collect();
  }

  return {
    begin: () => changed(1),
    end: () => changed(-1),
    [Symbol.dispose]: () => {
      isOver = true;
      waiting?.[Symbol.dispose]();
    },
  };
}

interface Collects {
  readonly gc?: (
    options: { readonly type: "major"; readonly execution: "async"; readonly flavor: "last-resort" },
  ) => void;
}

function collectAll(): void {
  // In a task of its own, and again for what only then is garbage; free memory goes back to the system.
  (globalThis as Collects).gc?.({ type: "major", execution: "async", flavor: "last-resort" });
}

function afterMs(callback: () => void, ms: number): Disposable {
  return setTimeout(callback, ms).unref();
}
