/**
 * Returns memory to the system after a load.
 *
 * V8 collects garbage after a certain amount has been allocated. A thousand follows leave megabytes of garbage when
 * they are opened, and all of their memory when they end; so do connections that have gone, and long answers. An idle
 * agent allocates next to nothing, so that garbage would stay. It is collected when few streams have begun or ended for
 * some seconds, and the process has grown or the number of open streams has changed much. What was held by streams that
 * have ended since is collected again. For a thousand follows that takes a tenth of a second, in which nothing is
 * answered.
 *
 * The same is done once soon after the start, unless calls have come by then: starting leaves some megabytes.
 *
 * Then memory that the C library has free is given back, unless many streams are open.
 *
 * Some agents are never idle. What many connections leave is collected in any case, once they have closed: little
 * is alive then, so that it takes a few hundredths of a second.
 *
 * Only where V8 runs with `--expose-gc`; otherwise nothing is collected.
 *
 * @module
 */
import { setTimeout } from "node:timers";

/** Counts streams; when disposed of, nothing is collected any more. */
export interface IdleGc extends Disposable {
  /** Begins to check; nothing is collected before. */
  start(): void;
  /** A stream has begun. */
  begin(): void;
  /** A stream has ended. */
  end(): void;
}

/** What can be set. */
export interface IdleGcOptions {
  /** How many connections are open. @default none */
  readonly connections?: () => number;
  /** Drops what can be made anew; called before garbage is collected. @default nothing is dropped */
  readonly forget?: (() => void) | undefined;
  /** Collects all garbage. @default {V8's} */
  readonly collect?: () => void | Promise<void>;
  /** Gives memory that is free back to the system; called after that. @default nothing is given back */
  readonly trim?: (() => void) | undefined;
  /** The memory of the process, in bytes. @default what the system tells */
  readonly residentBytes?: () => number;
  /** Calls back after so many milliseconds, unless disposed of; keeps no process alive. @default {by setTimeout} */
  readonly later?: (callback: () => void, ms: number) => Disposable;
}

/** A change by fewer streams is not worth a collection: it leaves a few megabytes at most. */
const MIN_CHANGE = 128;
/** Less growth is not worth a collection. */
const MIN_GROWTH_BYTES = 8 * 1024 * 1024;
/**
 * From one check to the next. Clients that reconnect are back by then; a collection before that would drop compiled
 * code and memory that they need again.
 */
const CHECK_MS = 10_000;
/** From the start to the first check. The logs have been scanned by then, mostly. */
const FIRST_CHECK_MS = 2_000;
/** So many checks after a collection comes another: the threads that have searched end half a minute after the load. */
const REPEATED_AFTER = 3;
/** It is quiet where so few streams at most have begun or ended since the last check: somebody always reads a log. */
const FEW_CHANGES = 32;

/** Streams are counted from none on. */
export function createIdleGc(options: IdleGcOptions = {}): IdleGc {
  const { connections = () => 0, forget, trim, collect = collectAll } = options;
  const { residentBytes = residentNow, later = afterMs } = options;
  let open = 0;
  /** The fewest and the most that were open since garbage was collected. */
  let lowest = 0;
  let highest = 0;
  /** How many have begun or ended since the last check. */
  let changes = 0;
  /** The least memory since garbage was collected; undefined while that is under way. */
  let least: number | undefined;
  /** How many were open when garbage was collected last. */
  let openThen = 0;
  /** The least memory ever. */
  let idleBytes = Infinity;
  let waiting: Disposable | undefined;
  const closed = watchClosed(connections);
  const repetition = createRepetition();

  function changed(by: 1 | -1): void {
    changes++;
    open += by;
    lowest = Math.min(lowest, open);
    highest = Math.max(highest, open);
  }

  function checkFirst(): void {
    waiting = later(check, CHECK_MS);
    if (changes > 0) return;
    void collectAndTrim();
  }

  /** What many open streams hold is not free. */
  async function collectAndTrim(): Promise<void> {
    least = undefined;
    openThen = open;
    await collect();
    noteBytes(residentBytes());
    if (open < MIN_CHANGE) trim?.();
  }

  function noteBytes(bytes: number): void {
    least = Math.min(least ?? bytes, bytes);
    idleBytes = Math.min(idleBytes, bytes);
  }

  /** Reports whether most streams have ended that were open when garbage was collected, and with it what they held. */
  function haveStreamsEnded(): boolean {
    return openThen > 0 && 2 * open <= openThen;
  }

  function check(): void {
    waiting = later(check, CHECK_MS);
    const isQuiet = changes <= FEW_CHANGES;
    changes = 0;
    const bytes = residentBytes();
    noteBytes(bytes);
    const grown = bytes - (haveStreamsEnded() ? idleBytes : least ?? bytes);
    const isIdleAfterLoad = isQuiet && (highest - lowest >= MIN_CHANGE || grown >= MIN_GROWTH_BYTES);
    const isAfterLoad = closed.areMany() || isIdleAfterLoad;
    if (!repetition.isDue({ isQuiet }) && !isAfterLoad) return;
    if (isAfterLoad) repetition.set();
    closed.forget();
    lowest = open;
    highest = open;
    forget?.();
    void collectAndTrim();
  }

  return {
    start: () => {
      noteBytes(residentBytes());
      waiting = later(checkFirst, FIRST_CHECK_MS);
    },
    begin: () => changed(1),
    end: () => changed(-1),
    [Symbol.dispose]: () => waiting?.[Symbol.dispose](),
  };
}

/** Has what was collected collected once more, some quiet checks later. */
function createRepetition(): { set(): void; isDue(options: { readonly isQuiet: boolean }): boolean } {
  let checks = 0;
  return {
    set: () => void (checks = REPEATED_AFTER),
    isDue: ({ isQuiet }) => isQuiet && checks > 0 && --checks === 0,
  };
}

/** Counts connections that have closed, from check to check. */
function watchClosed(connections: () => number): { areMany(): boolean; forget(): void } {
  /** How many were open at the last check, and at the one with the largest number since a collection. */
  let last = 0;
  let highest = 0;
  return {
    // Many have closed since garbage was collected, and the number of those that are open is steady now.
    areMany: () => {
      const now = connections();
      const isSteady = Math.abs(now - last) <= FEW_CHANGES;
      last = now;
      highest = Math.max(highest, now);
      return isSteady && highest - now >= MIN_CHANGE;
    },
    forget: () => void (highest = last),
  };
}

interface Collects {
  readonly gc?: (
    options: { readonly type: "major"; readonly execution: "async"; readonly flavor: "last-resort" },
  ) => Promise<void>;
}

async function collectAll(): Promise<void> {
  // In a task of its own, and again for what only then is garbage; what V8 has free goes back to the system.
  await (globalThis as Collects).gc?.({ type: "major", execution: "async", flavor: "last-resort" });
}

function residentNow(): number {
  return Deno.memoryUsage().rss;
}

function afterMs(callback: () => void, ms: number): Disposable {
  return setTimeout(callback, ms).unref();
}
