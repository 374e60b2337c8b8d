/**
 * Gives memory that the C library holds and nobody uses back to the system.
 *
 * By itself the library gives back what is free at the end of its heap. Three hundred connections leave thirty
 * megabytes of holes, which stay. `malloc_trim` gives them back, too. The runtime calls it when SIGUSR2 comes, and
 * collects all garbage then, if `DENO_USR2_MEMORY_TRIM` was set when it started; a process may send itself a signal
 * without a permission. Where the variable is not set, nothing happens.
 *
 * @module
 */
import process from "node:process";

const SIGNAL = "SIGUSR2";

/** Who listens to the signal, and who sends it. */
export interface MemoryTrimOptions {
  /** Calls `listener` on each signal until the returned function is called. @default the process's signals */
  readonly listen?: (listener: () => void) => () => void;
  /** Sends the signal to this process. */
  readonly send?: () => void;
}

/** Gives memory back when it is told to. Disposed of, it does nothing any more. */
export class MemoryTrim implements Disposable {
  readonly #send: () => void;
  #unlisten: (() => void) | undefined;
  #isSent = false;

  /** A signal that nobody listens to would end the process: this listens. */
  constructor({ listen = listenToProcess, send = sendToProcess }: MemoryTrimOptions = {}) {
    this.#send = send;
    this.#unlisten = listen(() => {});
  }

  /** Has memory given back, soon. */
  trim(): void {
    if (this.#unlisten === undefined) return;
    this.#isSent = true;
    this.#send();
  }

  /** Reports whether a signal that has come is the one that was sent here; to be asked once for each. */
  takeOwn(): boolean {
    const isOwn = this.#isSent;
    this.#isSent = false;
    return isOwn;
  }

  /** Listens no more. */
  [Symbol.dispose](): void {
    this.#unlisten?.();
    this.#unlisten = undefined;
  }
}

function listenToProcess(listener: () => void): () => void {
  Deno.addSignalListener(SIGNAL, listener);
  return () => Deno.removeSignalListener(SIGNAL, listener);
}

function sendToProcess(): void {
  process.kill(process.pid, SIGNAL);
}
