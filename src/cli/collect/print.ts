/**
 * Standard output of `cluster-agent collect`: whole texts, in order, at once.
 *
 * A reader that is slow makes the collector slow and costs no memory. Throws a `BrokenPipe` when nobody reads any more.
 *
 * @module
 */

/** How long one that takes nothing right now is left alone. */
const RETRY_MS = 5;

/** What a text is written to. */
export interface Out {
  /** Takes some of the bytes and says how many. */
  writeSync(bytes: Uint8Array): number;
}

/** Writes all of a text. */
export function print(text: string, out: Out = Deno.stdout): void {
  let left = new TextEncoder().encode(text);
  while (left.length > 0) left = left.subarray(written(left, out));
}

/** How many bytes were taken; a pipe that its other end has set to return at once takes none while it is full. */
function written(bytes: Uint8Array, out: Out): number {
  try {
    return out.writeSync(bytes);
  } catch (error) {
    if (!(error instanceof Deno.errors.WouldBlock)) throw error;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
    return 0;
  }
}
