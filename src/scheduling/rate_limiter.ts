/**
 * A limit on the reads of all follows together.
 *
 * A read of one new line costs almost as much as a read of a hundred: a fifth of a millisecond from the file to the
 * client's connection. While few reads are made, each is made at once. When the reads of a second are used up, callers
 * wait for the next beat together, and whatever is written until then is read at once.
 *
 * @module
 */
import { setTimeout } from "node:timers";
import type { WaitOptions } from "./abortable.ts";
import { limits } from "./limits.ts";
import { WaitQueue } from "./wait_queue.ts";

/** Limits the reads of many follows. */
export interface RateLimiter {
  /**
   * Resolves when the caller may read: at once, or within a quarter of a second. Rejects with the signal's reason; a
   * read that was given up does not count.
   */
  next(options: WaitOptions): Promise<void>;
}

/** What can be set. */
export interface RateLimiterOptions {
  /** Reads in a second, of all follows. @default {500} */
  readonly perSecond?: number;
  /** Milliseconds from beat to beat, at least. @default {60} */
  readonly beatMs?: number;
  /** A clock in milliseconds that does not step. @default {performance.now} */
  readonly clock?: () => number;
  /** Calls back after so many milliseconds, unless disposed of. @default {setTimeout} */
  readonly later?: (callback: () => void, ms: number) => Disposable;
}

/** A limiter of its own. */
export function createRateLimiter(options: RateLimiterOptions = {}): RateLimiter {
  const { perSecond = limits.followReadsPerSecond, beatMs = limits.followBeatMs } = options;
  const { clock = () => performance.now(), later = setTimeout } = options;
  const maxSaved = perSecond * limits.savedReadSeconds;
  const queue = new WaitQueue();
  let saved = maxSaved;
  let savedAt = clock();
  let beat: Disposable | undefined;
  let lastAdmitted = 0;

  function spend(reads: number): void {
    const now = clock();
    saved = Math.min(maxSaved, saved + (now - savedAt) * perSecond / 1000);
    savedAt = now;
    // Reads beyond the limit do not count against callers that come much later.
    saved = Math.max(-maxSaved, saved - reads);
  }

  /** As many callers as waited for the last beat are likely to wait for the next one. */
  function startBeat(): Disposable {
    const ms = Math.max(beatMs, lastAdmitted * 1000 / perSecond);
    return later(endBeat, Math.min(limits.maxFollowBeatMs, ms));
  }

  function endBeat(): void {
    beat = undefined;
    lastAdmitted = queue.size;
    spend(lastAdmitted);
    for (let admitted = 0; admitted < lastAdmitted; admitted++) queue.admitNext();
  }

  /** The timer runs only while somebody waits. */
  function stopBeat(): void {
    if (queue.size > 0) return;
    beat?.[Symbol.dispose]();
    beat = undefined;
  }

  return {
    next: ({ signal }) => {
      if (signal.aborted) return Promise.reject(signal.reason);
      spend(0);
      if (saved >= 1) {
        spend(1);
        return Promise.resolve();
      }
      beat ??= startBeat();
      return queue.wait({ signal, onAbort: stopBeat });
    },
  };
}
