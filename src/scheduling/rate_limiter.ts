/**
 * How often follows read what was written: at once while little is written, together a few times a second while much is.
 *
 * A read of one line costs almost what a read of a hundred lines costs, a fifth of a millisecond from the file to the client's connection. So all follows together have
 * a number of reads a second; when it is used up, those that want to read wait for the next beat, and what is written until then is read at once.
 *
 * @module
 */

/** Paces the reads of many follows. */
export interface RateLimiter {
  /** Resolves when the caller may read: at once, or in a quarter of a second at most. */
  next(): Promise<void>;
}

/** What can be set. */
export interface RateLimiterOptions {
  /** Reads in a second, of all follows. @default {500} */
  readonly perSecond?: number;
  /** Milliseconds from beat to beat, at least. @default {60} */
  readonly beatMs?: number;
  /** A clock in milliseconds that does not step. @default {performance.now} */
  readonly clock?: () => number;
  /** Calls back after so many milliseconds. @default {setTimeout} */
  readonly later?: (callback: () => void, ms: number) => void;
}

/** Reads that may be made at once after a while in which there were none, in seconds' worth. */
const SAVED_SECONDS = 0.2;
/** Nobody waits longer. */
const MAX_BEAT_MS = 250;

/** A pace for follows of one process. */
export function createRateLimiter(options: RateLimiterOptions = {}): RateLimiter {
  const { perSecond = 500, beatMs = 60, clock = () => performance.now() } = options;
  const { later = (callback, ms) => void setTimeout(callback, ms) } = options;
  const max = perSecond * SAVED_SECONDS;
  let saved = max;
  let savedAt = clock();
  let beat: Promise<void> | undefined;
  let waiting = 0;
  let waited = 0;

  function spend(reads: number): void {
    const now = clock();
    saved = Math.min(max, saved + (now - savedAt) * perSecond / 1000);
    savedAt = now;
    // What was read beyond the number is not held against those who come much later.
    saved = Math.max(-max, saved - reads);
  }

  function nextBeat(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    // As many as waited for the last one are likely to wait for this one.
    later(() => {
      beat = undefined;
      waited = waiting;
      waiting = 0;
      spend(waited);
      resolve();
    }, Math.min(MAX_BEAT_MS, Math.max(beatMs, waited * 1000 / perSecond)));
    return promise;
  }

  return {
    next: () => {
      spend(0);
      if (saved >= 1) {
        spend(1);
        return Promise.resolve();
      }
      waiting++;
      return beat ??= nextBeat();
    },
  };
}
