/**
 * The scan workers of a process: two threads, or one where there is one processor. They are started when a scan could
 * use them, lent to one scan at a time, and ended when they have been idle for a while.
 *
 * Promises that a scan never waits for them to start or to be free, and not long for an answer: it goes on by itself.
 * A thread that breaks, or never comes back from a file, costs other scans nothing but speed. The threads can do what
 * the process can, and no more: they read, and only logs that a scan has open.
 *
 * @module
 */
import { SCAN_WORKER_SOURCE } from "./_scan_worker_source.ts";
import { hasFreeDescriptors } from "./_free_descriptors.ts";
import { type StartTimer, WorkerThreads } from "./_worker_threads.ts";
import type { Found, ScanTask } from "./scan_worker.ts";
import type { ThreadMemory } from "./scan_worker_thread.ts";

/**
 * More threads would share processors with the thread that serves. There are never more than processors, so another
 * figure shows only on a larger machine: in `bench`, the forward searches and the health checks.
 */
const MAX_THREADS = 2;
/**
 * A thread takes six descriptors. Where there are fewer when it starts, Deno ends the process. So there have to be
 * twice as many: others take some before it has its own.
 */
const THREAD_DESCRIPTORS = 12;
/** A thread takes ten megabytes. */
const IDLE_MS = 30_000;

/** Scan workers that work for one scan; disposing gives them back. */
export interface LentWorkers extends Disposable {
  /** How many tasks can be in progress. */
  readonly size: number;
  /**
   * Resolves to the lines that a task finds; undefined where it cannot be done, or not within seconds. Does not reject.
   *
   * The lines are there until `size` further tasks are given.
   */
  scan(task: ScanTask): Promise<Found | undefined>;
}

/** Which parts of a log are scanned. */
export interface ParallelSizes {
  /** A range of fewer bytes is not worth a parallel scan. */
  readonly minBytes: number;
  /** The fewest bytes of a task. */
  readonly segmentBytes: number;
  /** The clock that measures how long a task takes, in milliseconds. @default {performance.now} */
  readonly clock?: () => number;
}

/** The scan workers of a process. Disposing ends them. */
export interface WorkerPool extends Disposable {
  /** Sizes that differ from those of {@linkcode sendParallel}, for tests. */
  readonly sizes?: ParallelSizes;
  /** Lends the workers where they are ready and free; where they are not started yet, starts them. */
  lend(): LentWorkers | undefined;
}

/** A pool whose threads tell what they hold. */
export interface ThreadPool extends WorkerPool {
  /** Starts the threads before a scan asks for them, unless too few descriptors are left. */
  start(): void;
  /** The memory of a thread, from 0, after its last scan; undefined where it does not run. */
  memoryOf(thread: number): ThreadMemory | undefined;
}

/** What can be set. */
export interface WorkerPoolOptions {
  /** Called once when a thread breaks, or too many do not come back from a file: there will be no more. */
  readonly onProblem?: (message: string) => void;
  /**
   * How many threads there are; with none, every scan goes on by itself. @default as many as there are processors, at
   * most two
   */
  readonly threads?: number;
  /**
   * A folder that may be read, by which it is found whether descriptors are left for threads; without it they are taken
   * to be.
   */
  readonly folder?: string;
  /** The program of a thread. @default the bundled `scan_worker_thread.ts` */
  readonly source?: string;
  /**
   * Calls `onEnd` once after `ms`, unless the returned function is called before. @default setTimeout, which does not
   * keep the process alive
   */
  readonly startTimer?: StartTimer;
}

/** Returns a pool whose threads are not started yet. */
export function createWorkerPool(options: WorkerPoolOptions = {}): ThreadPool {
  const { onProblem, threads: size = Math.min(MAX_THREADS, navigator.hardwareConcurrency) } = options;
  const { folder, source = SCAN_WORKER_SOURCE, startTimer = startTimeout } = options;
  let isLent = false;
  let stopTimer = (): void => {};
  const threads = new WorkerThreads({
    size,
    source,
    startTimer,
    onBreak: (reason) => {
      stopTimer();
      onProblem?.(`Cannot search with more than one thread: ${reason}`);
    },
  });

  function end(): void {
    stopTimer();
    threads[Symbol.dispose]();
  }

  function endLater(): void {
    stopTimer();
    if (threads.isStarted) stopTimer = startTimer(IDLE_MS, end);
  }

  function start(): void {
    if (threads.isStarted || threads.isBroken || size === 0) return;
    if (folder !== undefined && !hasFreeDescriptors(size * THREAD_DESCRIPTORS, folder)) return;
    threads.start();
    endLater();
  }

  function lent(): LentWorkers {
    let isHeld = true;
    return {
      size: threads.capacity,
      scan: (task) => isHeld ? threads.scan(task) : Promise.resolve(undefined),
      [Symbol.dispose]: () => {
        if (!isHeld) return;
        isHeld = false;
        isLent = false;
        threads.closeLog();
        endLater();
      },
    };
  }

  return {
    start,
    lend: () => {
      if (isLent || threads.isBroken || size === 0) return undefined;
      start();
      if (!threads.isStarted || !threads.isIdle) return undefined;
      stopTimer();
      isLent = true;
      return lent();
    },
    memoryOf: (thread) => threads.memoryOf(thread),
    [Symbol.dispose]: end,
  };
}

function startTimeout(ms: number, onEnd: () => void): () => void {
  const timer = setTimeout(onEnd, ms);
  Deno.unrefTimer(timer);
  return () => clearTimeout(timer);
}
