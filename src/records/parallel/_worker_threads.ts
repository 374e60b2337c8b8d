/**
 * The threads of a worker pool: started together, ended together.
 *
 * @module
 */
import { createResultBuffer, type ResultBuffer } from "./result_buffer.ts";
import type { Found, ScanTask } from "./scan_worker.ts";
import type { FromWorker, ThreadMemory, ToWorker } from "./scan_worker_thread.ts";

/** So many tasks are in progress for each thread: none waits for its next one. */
const TASKS_AHEAD = 2;
/**
 * Who gave a task goes on without its result after so long: the thread may be in a call that does not return, as an
 * open of a FIFO that was put at the log's path, or a read from a disk that is gone. A slow disk has seconds.
 */
const ANSWER_MS = 10_000;
/** A thread in such a call cannot be ended. When so many are left behind, no more are started. */
const MAX_STUCK = 4;

/** A thread, and who waits for its results. */
interface Thread {
  readonly worker: Worker;
  readonly waiting: ((found: Found | undefined) => void)[];
  isReady: boolean;
  /** As it was when the last log was done with. */
  memory: ThreadMemory | undefined;
}

/** What is set. */
export interface WorkerThreadsOptions {
  /** How many threads there are. */
  readonly size: number;
  /** The program of a thread. */
  readonly source: string;
  /** Called once when a thread breaks, or too many do not come back: there will be no more. */
  readonly onBreak: (reason: string) => void;
  /** Calls `onEnd` once after `ms`, unless the returned function is called before. */
  readonly startTimer: StartTimer;
}

/** Starts a timer, and returns what stops it. */
export type StartTimer = (ms: number, onEnd: () => void) => () => void;

/** Threads that are not started yet, are running, or are broken for good. */
export class WorkerThreads implements Disposable {
  readonly #options: WorkerThreadsOptions;
  #threads: Thread[] = [];
  #buffers: ResultBuffer[] = [];
  #program: string | undefined;
  #tasks = 0;
  #stuck = 0;
  #isBroken = false;

  /** Starts nothing. */
  constructor(options: WorkerThreadsOptions) {
    this.#options = options;
  }

  /** Whether a thread has broken. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** Whether there are threads. */
  get isStarted(): boolean {
    return this.#threads.length > 0;
  }

  /** Whether each thread is there, and has answered all its tasks. */
  get isIdle(): boolean {
    return this.#threads.every(({ isReady, waiting }) => isReady && waiting.length === 0);
  }

  /** How many tasks can be in progress. */
  get capacity(): number {
    return this.#buffers.length;
  }

  /** The memory of a thread, once it has worked. */
  memoryOf(thread: number): ThreadMemory | undefined {
    return this.#threads[thread]?.memory;
  }

  /** Starts all threads; they are ready later. */
  start(): void {
    const { size } = this.#options;
    try {
      while (this.#threads.length < size) this.#threads.push(this.#startOne());
      this.#buffers = Array.from({ length: size * TASKS_AHEAD }, () => createResultBuffer());
    } catch (error) {
      this.#break(String(error));
    }
  }

  /**
   * Gives a task to the thread that has the fewest; resolves to undefined where there is none, and where no answer
   * comes for long. The threads are not idle before it has come.
   */
  scan(task: ScanTask): Promise<Found | undefined> {
    const [first, ...others] = this.#threads;
    const buffer = this.#buffers[this.#tasks++ % this.#buffers.length];
    if (first === undefined || buffer === undefined) return Promise.resolve(undefined);
    const thread = others.reduce((least, other) => other.waiting.length < least.waiting.length ? other : least, first);
    return new Promise((resolve) => {
      const stopTimer = this.#options.startTimer(ANSWER_MS, () => resolve(undefined));
      thread.waiting.push((found) => {
        stopTimer();
        resolve(found);
      });
      thread.worker.postMessage({ task, buffer } satisfies ToWorker);
    });
  }

  /** Has the threads close the log that they have open. */
  closeLog(): void {
    for (const { worker } of this.#threads) worker.postMessage("done" satisfies ToWorker);
  }

  /** Ends the threads; their tasks resolve to undefined. They can be started again. */
  [Symbol.dispose](): void {
    for (const { worker, waiting } of this.#threads) {
      worker.terminate();
      if (waiting.length > 0) this.#stuck++;
      for (const answer of waiting) answer(undefined);
    }
    this.#threads = [];
    this.#buffers = [];
    if (this.#stuck >= MAX_STUCK) this.#break(`${this.#stuck} threads have not come back from a file`);
  }

  #startOne(): Thread {
    const { source } = this.#options;
    this.#program ??= URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    const worker = new Worker(this.#program, { type: "module" });
    const thread: Thread = { worker, waiting: [], isReady: false, memory: undefined };
    worker.onmessage = ({ data }: MessageEvent<FromWorker>): void => {
      if (data === "ready") thread.isReady = true;
      else if (data !== null && "memory" in data) thread.memory = data.memory;
      else thread.waiting.shift()?.(data ?? undefined);
    };
    worker.onerror = (event): void => {
      event.preventDefault();
      this.#break(event.message);
    };
    return thread;
  }

  #break(reason: string): void {
    if (this.#isBroken) return;
    this.#isBroken = true;
    this[Symbol.dispose]();
    this.#options.onBreak(reason);
  }
}
