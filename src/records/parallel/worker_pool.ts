/**
 * The threads of scouts: two for the process, started when a scan could use them, lent to one scan at a time, ended when nobody has for a while.
 *
 * Promises that a scan never waits for them to be there or to be free – it goes on by itself – and that a thread that breaks, or never comes back from a disk,
 * costs other scans nothing but its speed.
 * They can do what the process can, and no more: they read, and see nothing but logs that a scan has open.
 *
 * @module
 */
import { SCAN_WORKER_SOURCE } from "./_scan_worker_source.ts";
import { createResultBuffer, type Found, type ResultBuffer, type ScanTask } from "./scan_worker.ts";
import type { FromWorker, ToWorker } from "./scan_worker_thread.ts";

/** More would have to share processors with the thread that serves. */
const MAX_THREADS = 2;
/** So many tasks are under way for each thread: none waits for its next one. */
const TASKS_AHEAD = 2;
/** A thread is ten megabytes. */
const IDLE_MS = 30_000;

/** Scouts that work for one scan; disposing gives them back. */
export interface LentWorkers extends Disposable {
  /** How many tasks they can be given at a time. */
  readonly size: number;
  /**
   * What a task finds; undefined where nothing can be found out. Does not reject.
   *
   * What was found is there until `size` further tasks are given.
   */
  scan(task: ScanTask): Promise<Found | undefined>;
}

/** Which parts of a log are looked at. */
export interface ParallelSizes {
  /** A range of fewer bytes is not worth their while. */
  readonly minBytes: number;
  /** What one of them looks at at least, in bytes. */
  readonly segmentBytes: number;
  /** By which it is told how long an answer takes, in milliseconds. @default {performance.now} */
  readonly clock?: () => number;
}

/** The scouts of a process. Disposing ends them. */
export interface WorkerPool extends Disposable {
  /** What is not as {@linkcode sendScouted} has it, for tests. */
  readonly sizes?: ParallelSizes;
  /** The team, where it is there and free: nobody has it, and nothing that it was asked is unanswered. Where it is not there yet, it soon will be. */
  lend(): LentWorkers | undefined;
}

/** A thread, and who waits for its answers. */
interface Thread {
  readonly worker: Worker;
  readonly waiting: ((found: Found | undefined) => void)[];
  isReady: boolean;
}

/** What can be set. */
export interface WorkerPoolOptions {
  /** Told once when a thread breaks: there will be no more. */
  readonly onProblem?: (message: string) => void;
  /** How many there are; with none, every scan goes on by itself. @default as many as there are processors, at most two */
  readonly threads?: number;
  /** The program of a thread. @default the bundled `scan_worker_thread.ts` */
  readonly source?: string;
  /** Calls `onEnd` once after `ms`, unless the answered function is called before. @default setTimeout, which does not keep the process alive */
  readonly startTimer?: (ms: number, onEnd: () => void) => () => void;
}

/** Scouts that are not there yet. */
export function createWorkerPool(options: WorkerPoolOptions = {}): WorkerPool {
  const { onProblem, threads: size = Math.min(MAX_THREADS, navigator.hardwareConcurrency) } = options;
  const { source = SCAN_WORKER_SOURCE, startTimer = startTimeout } = options;
  let threads: Thread[] = [];
  let isLent = false;
  let isBroken = false;
  let stopTimer = (): void => {};
  let program: string | undefined;
  let buffers: ResultBuffer[] = [];
  let tasks = 0;

  function start(): Thread {
    program ??= URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    const worker = new Worker(program, { type: "module" });
    const thread: Thread = { worker, waiting: [], isReady: false };
    worker.onmessage = ({ data }: MessageEvent<FromWorker>): void => {
      if (data === "ready") thread.isReady = true;
      else thread.waiting.shift()?.(data ?? undefined);
    };
    worker.onerror = (event): void => {
      event.preventDefault();
      breakOff(event.message);
    };
    return thread;
  }

  function startAll(): void {
    try {
      while (threads.length < size) threads.push(start());
      buffers = Array.from({ length: size * TASKS_AHEAD }, () => createResultBuffer());
      endLater();
    } catch (error) {
      breakOff(String(error));
    }
  }

  function breakOff(reason: string): void {
    if (isBroken) return;
    isBroken = true;
    end();
    onProblem?.(`Cannot search with more than one thread: ${reason}`);
  }

  function end(): void {
    stopTimer();
    for (const { worker, waiting } of threads) {
      worker.terminate();
      for (const resolve of waiting) resolve(undefined);
    }
    threads = [];
    buffers = [];
  }

  function endLater(): void {
    stopTimer();
    stopTimer = startTimer(IDLE_MS, end);
  }

  function look(task: ScanTask): Promise<Found | undefined> {
    const [first, ...others] = threads;
    const buffer = buffers[tasks++ % buffers.length];
    if (first === undefined || buffer === undefined) return Promise.resolve(undefined);
    const thread = others.reduce((least, other) => other.waiting.length < least.waiting.length ? other : least, first);
    return new Promise((resolve) => {
      thread.waiting.push(resolve);
      thread.worker.postMessage({ task, buffer } satisfies ToWorker);
    });
  }

  function lent(): LentWorkers {
    let isHeld = true;
    return {
      size: buffers.length,
      scan: (task) => isHeld ? look(task) : Promise.resolve(undefined),
      [Symbol.dispose]: () => {
        if (!isHeld) return;
        isHeld = false;
        isLent = false;
        for (const { worker } of threads) worker.postMessage("done" satisfies ToWorker);
        if (threads.length > 0) endLater();
      },
    };
  }

  return {
    lend: () => {
      if (isLent || isBroken || size === 0) return undefined;
      if (threads.length === 0) startAll();
      if (isBroken || !threads.every(isFree)) return undefined;
      stopTimer();
      isLent = true;
      return lent();
    },
    [Symbol.dispose]: end,
  };
}

/** Whether a thread is there, and has answered all that it was asked. */
function isFree({ isReady, waiting }: Thread): boolean {
  return isReady && waiting.length === 0;
}

function startTimeout(ms: number, onEnd: () => void): () => void {
  const timer = setTimeout(onEnd, ms);
  Deno.unrefTimer(timer);
  return () => clearTimeout(timer);
}
