/**
 * Starts the thread that writes a soak's logs, and tells how far it is.
 *
 * @module
 */

/** What is written. */
export interface WriterOrder {
  /** The live files, one for each log. */
  readonly paths: readonly string[];
  /** Of each log three numbers, as {@linkcode LogProgress} has them. */
  readonly progress: SharedArrayBuffer;
  /** How much in all logs together. */
  readonly bytesPerSecond: number;
  /** From one rotation of a log to the next. */
  readonly rotateMs: number;
  /** So long after a rotation the old file is still written to. */
  readonly reopenMs: number;
}

/** What was written so far. */
export interface WriterReport {
  /** In all logs. */
  readonly bytes: number;
  /** In all logs. */
  readonly lines: number;
  /** Of all logs. */
  readonly rotations: number;
  /** Whether it has stopped. */
  readonly isEnd: boolean;
}

/** How far the writing of each log is; read while it goes on. */
export interface LogProgress {
  /** The number of the next line: all before it are in the file. */
  written(log: number): number;
  /** The number of the oldest line that is kept. */
  oldest(log: number): number;
  /** The number of the first line that is not being written: none from it on is in the file. */
  begun(log: number): number;
}

/** A writer that runs. */
export interface Writer extends AsyncDisposable {
  /** The newest report. */
  report(): WriterReport;
}

/** How many numbers a log has: written, oldest, begun. */
export const NUMBERS = 3;

/** Room for the progress of so many logs. */
export function progressBuffer(logs: number): SharedArrayBuffer {
  return new SharedArrayBuffer(NUMBERS * Int32Array.BYTES_PER_ELEMENT * logs);
}

/** Reads the progress. */
export function progressOf(buffer: SharedArrayBuffer): LogProgress {
  const counts = new Int32Array(buffer);
  return {
    written: (log) => Atomics.load(counts, NUMBERS * log),
    oldest: (log) => Atomics.load(counts, NUMBERS * log + 1),
    begun: (log) => Atomics.load(counts, NUMBERS * log + 2),
  };
}

/** Starts one. */
export function startWriter(order: WriterOrder, { onError }: { readonly onError: (error: Error) => void }): Writer {
  const worker = new Worker(new URL("./writer_worker.ts", import.meta.url), { type: "module" });
  let newest: WriterReport = { bytes: 0, lines: 0, rotations: 0, isEnd: false };
  const ended = Promise.withResolvers<void>();
  worker.onmessage = ({ data }: MessageEvent<WriterReport>): void => {
    newest = data;
    if (data.isEnd) ended.resolve();
  };
  worker.onerror = (event): void => {
    event.preventDefault();
    onError(new Error(`Cannot write logs any more: ${event.message}`));
    ended.resolve();
  };
  worker.postMessage(order);
  return {
    report: () => newest,
    [Symbol.asyncDispose]: async () => {
      worker.postMessage("stop");
      await ended.promise;
      worker.terminate();
    },
  };
}
