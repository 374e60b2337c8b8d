/**
 * Compiled greps by their text: callers send the same one for each container of a view, and again with each page.
 *
 * A compiled grep may be used by any number of streams at once, since each of its steps is synchronous; what it learns of a pattern serves them all. Few are
 * kept, because an abusive pattern may hold some megabytes.
 *
 * @module
 */
import { compileSearch, type Search } from "./search.ts";

/** What is kept. */
export interface SearchCacheOptions {
  /**
   * How many compiled greps are kept at most; the one that was not asked for for the longest time goes.
   *
   * @default {16}
   */
  readonly maxEntries?: number;
}

/** Compiles greps as `compileSearch()` does, and remembers the last few. */
export function createSearchCache(options: SearchCacheOptions = {}): (grep: string) => Search | undefined {
  const { maxEntries = 16 } = options;
  const kept = new Map<string, Search>();
  return (grep) => {
    const known = kept.get(grep);
    const search = known ?? compileSearch(grep);
    if (search === undefined) return undefined;
    kept.delete(grep);
    kept.set(grep, search);
    const [oldest] = kept.keys();
    if (kept.size > maxEntries && oldest !== undefined) kept.delete(oldest);
    return search;
  };
}
