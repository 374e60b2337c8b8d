/**
 * Where a scan worker puts what it finds.
 *
 * @module
 */

/** The most that is handed over: where more is found, handing lines over costs more than finding them. */
const RESULT_BYTES = 256 * 1024;
const RESULT_LINES = 4096;

/**
 * Where a scan worker puts the lines that it finds: memory that both threads share, used again for each task, so that
 * neither has garbage to collect.
 */
export interface ResultBuffer {
  /** The lines with their line feeds, one after the other. */
  readonly lines: Uint8Array;
  /** Where each of them ends in `lines`. */
  readonly ends: Uint32Array;
  /** Where each of them begins in the file. */
  readonly offsets: Float64Array;
}

/** Returns a buffer for the lines of one task; its size can be set for tests. */
export function createResultBuffer(bytes: number = RESULT_BYTES): ResultBuffer {
  return {
    lines: new Uint8Array(new SharedArrayBuffer(bytes)),
    ends: new Uint32Array(new SharedArrayBuffer(RESULT_LINES * Uint32Array.BYTES_PER_ELEMENT)),
    offsets: new Float64Array(new SharedArrayBuffer(RESULT_LINES * Float64Array.BYTES_PER_ELEMENT)),
  };
}
