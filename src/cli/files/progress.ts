/**
 * How far a long search has come: a bar on the terminal, in a line of its own that is taken away again.
 *
 * Promises to draw nothing in the first half second, and at most ten times in each second after it. Is told of bytes;
 * has no timer of its own.
 *
 * @module
 */

const FIRST_MS = 500;
const NEXT_MS = 100;
const BAR_CELLS = 24;
const MIB = 1024 * 1024;
/** Back to the line's beginning, and clear it. */
const CLEAR = "\r\x1b[K";

/** A bar. */
export interface Progress {
  /** Bytes have been read. */
  add(bytes: number): void;
  /** Takes the bar away, until more bytes are read: something else is to be printed. */
  clear(): void;
}

/** What can be set. */
export interface ProgressOptions {
  /** How many bytes there are, where that is known. */
  readonly total: number | undefined;
  /** Writes to the terminal. */
  readonly write: (text: string) => void;
  /** A clock in milliseconds. @default {performance.now} */
  readonly now?: (() => number) | undefined;
}

/** A bar that stands at nothing. */
export function createProgress(options: ProgressOptions): Progress {
  const { total, write, now = () => performance.now() } = options;
  const start = now();
  let done = 0;
  let next = start + FIRST_MS;
  let isDrawn = false;
  return {
    add: (bytes): void => {
      done += bytes;
      const at = now();
      if (at < next) return;
      next = at + NEXT_MS;
      isDrawn = true;
      write(`${CLEAR}${progressText(done, total, at - start)}`);
    },
    clear: (): void => {
      if (isDrawn) write(CLEAR);
      isDrawn = false;
    },
  };
}

/** No bar. */
export const noProgress: Progress = { add: () => {}, clear: () => {} };

/** `[######------------------]  25%  256.0 MiB of 1.0 GiB  1.1 GiB/s`; without a total, what was read and the rate. */
export function progressText(done: number, total: number | undefined, elapsedMs: number): string {
  const rate = `${sizeText(done / Math.max(elapsedMs, 1) * 1000)}/s`;
  if (total === undefined) return `${sizeText(done)}  ${rate}`;
  // Some bytes are read twice.
  const share = total === 0 ? 1 : Math.min(done / total, 1);
  const cells = Math.floor(share * BAR_CELLS);
  const bar = "#".repeat(cells) + "-".repeat(BAR_CELLS - cells);
  const percent = String(Math.floor(share * 100)).padStart(3);
  return `[${bar}] ${percent}%  ${sizeText(Math.min(done, total))} of ${sizeText(total)}  ${rate}`;
}

function sizeText(bytes: number): string {
  return bytes >= 1024 * MIB ? `${(bytes / 1024 / MIB).toFixed(1)} GiB` : `${(bytes / MIB).toFixed(1)} MiB`;
}
