/**
 * The search that a command line asks for, compiled.
 *
 * @module
 */
import { createMatcher } from "../../search/engine/matcher.ts";
import { excludingSearch } from "../../search/excluding_search.ts";
import { invertedSearch } from "../../search/inverted_search.ts";
import { compileHir, type Search } from "../../search/search.ts";
import type { Hir } from "../../search/syntax/hir.ts";
import { EMPTY } from "../../search/syntax/hir.ts";
import type { GrepCommand } from "./grep_command.ts";
import { allPatterns, patternTree } from "./grep_pattern.ts";
import { createMatchFinder, type MatchFinder } from "./match_finder.ts";

/** What is searched for. */
export interface GrepSearch {
  /** The patterns, for showing them. */
  readonly text: string;
  /** Which messages are wanted; `undefined`: all. */
  readonly search: Search | undefined;
  /** Finds matches, where they are shown or printed alone. */
  readonly finder: MatchFinder | undefined;
}

/**
 * Compiles it.
 *
 * @param options Whether matches are shown in messages.
 * @throws {PatternError} for a pattern that is none
 */
export function grepSearch(command: GrepCommand, options: { readonly isShown: boolean }): GrepSearch {
  const { exclude, invert, onlyMatching } = command;
  const patterns = allPatterns(command);
  const tree = patternTree(patterns, command);
  const found = tree === undefined ? undefined : compileHir(tree);
  const needsFinder = !invert && (onlyMatching || options.isShown);
  const finder = needsFinder ? finderOf(tree ?? EMPTY, found) : undefined;
  const wanted = invert ? invertedSearch(found ?? compileHir(EMPTY)) : found;
  const search = exclude.length === 0 ? wanted : excludingSearch(wanted, excludedSearch(command));
  return {
    text: patterns.length === 1 ? patterns.join() : patterns.map((one) => `(?:${one})`).join("|"),
    search,
    finder,
  };
}

function finderOf(tree: Hir, search: Search | undefined): MatchFinder {
  const matcher = createMatcher(tree);
  return search === undefined ? matcher : createMatchFinder(matcher, search.plan);
}

function excludedSearch(command: GrepCommand): Search {
  return compileHir(patternTree(command.exclude, { ...command, wholeWords: false, wholeLines: false }) ?? EMPTY);
}
