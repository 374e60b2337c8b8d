/**
 * Decisions of the last moments.
 *
 * Promises that no decision is older than `ttlMs` when it is used, and that there are never more than `maxEntries`:
 * the oldest goes first, which with one lifetime for all is also the one that would end first. Knows nothing of
 * errors: they are not decisions.
 *
 * @module
 */

/** What the API server said, in the end. */
export type Decision = "allowed" | "denied";

/** Limits of a {@linkcode DecisionCache}. */
export interface DecisionCacheOptions {
  /** Decisions that are kept at most. */
  readonly maxEntries: number;
  /** Milliseconds for which a decision counts, from when it was kept. */
  readonly ttlMs: number;
  /** A clock in milliseconds. */
  readonly now: () => number;
}

/** Remembers allowances and denials. */
export interface DecisionCache {
  /** What was decided, if it still counts. */
  recall(key: string): Decision | undefined;
  /** Keeps a decision, in place of an earlier one. */
  keep(key: string, decision: Decision): void;
  /** How many decisions are held. */
  readonly size: number;
}

/** An empty cache. */
export function createDecisionCache(options: DecisionCacheOptions): DecisionCache {
  const { maxEntries, ttlMs, now } = options;
  // A map keeps the order of insertion: the oldest decisions stand first.
  const decisions = new Map<
    string,
    { readonly decision: Decision; readonly keptAt: number }
  >();

  function recall(key: string): Decision | undefined {
    const kept = decisions.get(key);
    return kept === undefined || now() - kept.keptAt >= ttlMs ? undefined : kept.decision;
  }

  function keep(key: string, decision: Decision): void {
    const keptAt = now();
    decisions.delete(key);
    for (const [oldest, kept] of decisions) {
      if (decisions.size < maxEntries && keptAt - kept.keptAt < ttlMs) break;
      decisions.delete(oldest);
    }
    if (maxEntries > 0) decisions.set(key, { decision, keptAt });
  }

  return {
    recall,
    keep,
    get size(): number {
      return decisions.size;
    },
  };
}
