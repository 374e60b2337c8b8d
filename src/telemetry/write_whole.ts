/**
 * A whole text written at once, before anything else is done.
 *
 * @module
 */
import { type ByteWriter, processStdout } from "./process_output.ts";

/** How long one that takes nothing right now is left alone. */
const RETRY_MS = 5;
/** How often an error text is tried: for a tenth of a second. */
const ERROR_TRIES = 20;

const encoder = new TextEncoder();

/** What can be set. */
export interface WriteWholeOptions {
  /** Takes the bytes. @default standard output */
  readonly out?: ByteWriter | undefined;
  /** How often in a row it may take nothing. @default {Infinity} */
  readonly tries?: number | undefined;
  /** Waits until it may take more. @default {5 ms} */
  readonly wait?: (() => void) | undefined;
}

/**
 * Writes all of a text and waits where nothing is taken, so that a slow reader makes the writer slow and costs no
 * memory.
 *
 * @returns Whether all of it was taken; not so where nothing was taken `tries` times in a row.
 * @throws {Deno.errors.BrokenPipe} when nobody reads any more
 */
export function writeWhole(text: string, options: WriteWholeOptions = {}): boolean {
  const { out = processStdout(), tries = Infinity, wait = pause } = options;
  let left = encoder.encode(text);
  for (let failed = 0; left.length > 0;) {
    const taken = takenOf(left, out);
    if (taken === 0) throw new Deno.errors.WriteZero("Cannot write: nothing is taken");
    if (taken !== undefined) {
      left = left.subarray(taken);
      failed = 0;
    } else if (++failed >= tries) {
      return false;
    } else {
      wait();
    }
  }
  return true;
}

/** How many bytes were taken; `undefined` where a pipe that does not block is full. */
function takenOf(bytes: Uint8Array, out: ByteWriter): number | undefined {
  try {
    return out.writeSync(bytes);
  } catch (error) {
    if (error instanceof Deno.errors.WouldBlock) return undefined;
    throw error;
  }
}

function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
}

/** How error texts are written. */
export interface ErrorWriterOptions {
  /** Takes the bytes. @default standard error, which Deno writes without a buffer between */
  readonly out?: ByteWriter | undefined;
  /** Waits until it may take more. @default {5 ms} */
  readonly wait?: (() => void) | undefined;
}

/**
 * Creates the writer of error texts. It waits a tenth of a second for a reader, and not again until a reader is back; a
 * text that nobody reads is dropped, and the exit code remains.
 */
export function createErrorWriter(options: ErrorWriterOptions = {}): (text: string) => void {
  const { out = Deno.stderr, wait } = options;
  let tries = ERROR_TRIES;
  return (text) => {
    try {
      tries = writeWhole(text, { out, wait, tries }) ? ERROR_TRIES : 1;
    } catch (error) {
      // Whoever has closed standard error does not want to know.
      if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
    }
  };
}

/** Writes a text to the process's standard error. */
export const writeError: (text: string) => void = createErrorWriter();
