/**
 * The program of a scan worker's thread: it answers each task with the lines that it found, in the order of the tasks.
 * `_scan_worker_source.ts` is made of it.
 *
 * @module
 */
import { createScanWorker, type Found, type ResultBuffer, type ScanTask } from "./scan_worker.ts";

/** A message to a thread: a task, or that the log is done with. */
export type ToWorker = { readonly task: ScanTask; readonly buffer: ResultBuffer } | "done";
/**
 * A message of a thread: once that it is ready, then the result of each task; null for none, since `undefined` cannot
 * be sent.
 */
export type FromWorker = "ready" | Found | null;

/** The part of a worker's scope that is used here. */
interface Scope {
  onmessage: (event: MessageEvent<ToWorker>) => void;
  postMessage(message: FromWorker): void;
}

const scope = globalThis as unknown as Scope;
const worker = createScanWorker();

scope.onmessage = ({ data }): void => {
  if (data === "done") return worker[Symbol.dispose]();
  scope.postMessage(worker.scan(data.task, data.buffer) ?? null);
};
scope.postMessage("ready");
