/**
 * The program of a scout's thread: answers each task with what was found, in the order of the tasks. `_scan_worker_source.ts` is made of it.
 *
 * @module
 */
import { createScanWorker, type Found, type ResultBuffer, type ScanTask } from "./scan_worker.ts";

/** What a thread is told: a task, or that the log is done with. */
export type ToWorker = { readonly task: ScanTask; readonly buffer: ResultBuffer } | "done";
/** What a thread answers: once that it is there, and then to each task; null for nothing, since `undefined` does not get through. */
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
