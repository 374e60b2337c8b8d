/**
 * The decisions of the last seconds.
 *
 * Each decision is younger than `ttlMs` when it is used, and there are never more than `maxEntries`: the one that was
 * not used for the longest time goes first. Errors are no decisions.
 *
 * @module
 */
import { LRUCache } from "lru-cache";

/** What the API server has decided, and when. */
export interface Decision {
  /** Whether the caller may. */
  readonly outcome: "allowed" | "denied";
  /** When the answer came, on the clock of the cache. */
  readonly decidedAtMs: number;
}

/** Limits of a {@linkcode DecisionCache}. */
export interface DecisionCacheOptions {
  /** How many decisions are kept at most. */
  readonly maxEntries: number;
  /** Milliseconds for which a decision counts, from when it was kept: a whole number, at least 2. */
  readonly ttlMs: number;
  /** A clock in milliseconds. */
  readonly now: () => number;
}

/** Remembers allowances and denials. */
export interface DecisionCache {
  /** Returns what was decided, if it still counts. */
  recall(key: string): Decision | undefined;
  /** Keeps a decision, in place of an earlier one. */
  keep(key: string, decision: Decision): void;
  /** How many decisions are held. */
  readonly size: number;
}

/** Creates an empty cache. */
export function createDecisionCache({ maxEntries, ttlMs, now }: DecisionCacheOptions): DecisionCache {
  const decisions = new LRUCache<string, Decision>({
    // Not `max`, for which 0.4 MB would be allocated at once.
    maxSize: Math.max(1, maxEntries),
    sizeCalculation: () => 1,
    // The library still uses an entry that is as old as its limit.
    ttl: ttlMs - 1,
    // Every use reads the clock; the library would otherwise remember it, by a timer.
    ttlResolution: 0,
    // The library takes 0 for no time.
    perf: { now: () => now() + 1 },
  });
  let purgedAt = now();

  function keep(key: string, decision: Decision): void {
    if (maxEntries === 0) return;
    if (now() - purgedAt >= ttlMs) {
      decisions.purgeStale();
      purgedAt = now();
    }
    decisions.set(key, decision);
  }

  return {
    recall: (key) => decisions.get(key),
    keep,
    get size(): number {
      return decisions.size;
    },
  };
}
