/**
 * Returns memory to the system after many streams have begun or ended.
 *
 * V8 collects garbage after a certain amount has been allocated. A thousand follows leave megabytes of garbage when
 * they are opened, and all of their memory when they end. An idle agent allocates next to nothing, so that garbage
 * would stay. It is collected once, when the number of open streams has changed and none has begun or ended for some
 * seconds. For a thousand follows that takes a tenth of a second, in which nothing is answered.
 *
 * Only where V8 runs with `--expose-gc`; otherwise nothing is done.
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

/** A change by fewer streams is not worth a collection: it leaves a few megabytes at most. */
const MIN_CHANGE = 128;
/**
 * Milliseconds without a change. Clients that reconnect are back by then; a collection before that would drop compiled
 * code and memory that they need again.
 */
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
