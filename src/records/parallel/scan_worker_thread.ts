/**
 * The program of a scan worker's thread: it answers each task with the lines that it found, in the order of the tasks.
 * `_scan_worker_source.ts` is made of it.
 *
 * @module
 */
import type { ResultBuffer } from "./result_buffer.ts";
import { createScanWorker, type Found, type ScanTask } from "./scan_worker.ts";

/** A message to a thread: a task, or that the log is done with. */
export type ToWorker = { readonly task: ScanTask; readonly buffer: ResultBuffer } | "done";
/** What the engine of a thread holds, in bytes. */
export interface ThreadMemory {
  /** Of the heap, what is used. */
  readonly heapUsed: number;
  /** The heap. */
  readonly heapTotal: number;
  /** What lies outside of it. */
  readonly external: number;
}

/**
 * A message of a thread: once that it is ready, then the result of each task, and its memory when a log is done with;
 * null for no result, since `undefined` cannot be sent.
 */
export type FromWorker = "ready" | Found | { readonly memory: ThreadMemory } | null;

/** The part of a worker's scope that is used here. */
interface Scope {
  onmessage: (event: MessageEvent<ToWorker>) => void;
  postMessage(message: FromWorker): void;
}

const scope = globalThis as unknown as Scope;
const worker = createScanWorker();

scope.onmessage = ({ data }): void => {
  if (data === "done") {
    worker[Symbol.dispose]();
    scope.postMessage({ memory: Deno.memoryUsage() });
    return;
  }
  scope.postMessage(worker.scan(data.task, data.buffer) ?? null);
};
scope.postMessage("ready");
