/**
 * Compiled greps by their text: callers send the same one for each container of a view, and again with each page.
 *
 * A compiled grep may be used by any number of streams at once, since each of its steps is synchronous; what it learns
 * of a pattern serves them all. The cache is bounded in bytes. What it holds counts in the budget of `table_budget.ts`,
 * so that idle tables are emptied for it.
 *
 * @module
 */
import { LRUCache } from "lru-cache";
import { MAX_COMPILED_BYTES } from "./engine/table_budget.ts";
import { compileSearch, type Search } from "./search.ts";

/** The share of the budget that patterns may take which no stream uses. */
const PATTERN_SHARE = 0.25;

/**
 * Bytes of a compiled grep beside its program and its text: its plans, and the objects around them. About what V8
 * takes.
 */
const ENTRY_BYTES = 16 * 1024;

/** What can be set. */
export interface SearchCacheOptions {
  /**
   * Bytes of all compiled greps that are kept; the one that was not asked for for the longest time goes first. @default
   * {4 MiB}
   */
  readonly maxBytes?: number;
}

/** Compiles a grep as `compileSearch()` does, unless it is remembered. */
export interface SearchCache {
  (grep: string): Search | undefined;
  /** Remembers none any more. */
  forget(): void;
}

/** Creates a function that compiles greps as `compileSearch()` does, and remembers the last ones. */
export function createSearchCache(options: SearchCacheOptions = {}): SearchCache {
  const { maxBytes = MAX_COMPILED_BYTES * PATTERN_SHARE } = options;
  const kept = new LRUCache<string, Search>({
    maxSize: maxBytes,
    sizeCalculation: ({ matcher }, grep) => ENTRY_BYTES + 2 * grep.length + matcher.bytes,
  });
  const compile = (grep: string): Search | undefined => {
    const known = kept.get(grep);
    if (known !== undefined) return known;
    const search = compileSearch(grep);
    if (search === undefined) return undefined;
    kept.set(grep, search);
    return search;
  };
  return Object.assign(compile, { forget: () => kept.clear() });
}
