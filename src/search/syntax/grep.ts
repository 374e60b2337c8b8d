/**
 * From the text in a request's `grep` field to the pattern that is meant.
 *
 * Owns trimming and the meaning of a blank. Does not parse: what comes out may still be refused.
 *
 * @module
 */

import { isSpace } from "./_cursor.ts";
import { MAX_PATTERN_LENGTH, patternTooLong } from "./pattern_error.ts";

/**
 * Where a blank stands, colour codes may stand around any white space: terminals do not show them, so users do not type
 * them.
 */
const BLANK = String
  .raw`(?:(?:\x1B\[[0-9;]*[mK])?)*\s(?:(?:\x1B\[[0-9;]*[mK])?)*`;

/**
 * The pattern that a `grep` text stands for, or `undefined` where nothing is to be filtered.
 *
 * White space (Unicode's White_Space, not JavaScript's) is cut off at both ends; text of nothing else is no filter.
 * Every blank that is left, wherever it stands, becomes a group that takes one white-space character and colour codes
 * around it. Callers do the same before they send, so most texts arrive without a blank.
 *
 * @param text The field as it arrived.
 * @returns The pattern, to be given to the parser.
 * @throws {PatternError} If the text, or the pattern that it stands for, is too long; the pattern is measured before it
 * is made.
 */
export function normalizeGrep(text: string): string | undefined {
  if (text.length > MAX_PATTERN_LENGTH) throw patternTooLong(text.length);
  const trimmed = trim(text);
  if (trimmed === "") return undefined;
  const length = trimmed.length + countBlanks(trimmed) * (BLANK.length - 1);
  if (length > MAX_PATTERN_LENGTH) throw patternTooLong(length);
  return trimmed.replaceAll(" ", BLANK);
}

/**
 * The text without White_Space at its ends. Not by a regular expression: one that ends in `$` tries each run of blanks
 * from each of its blanks.
 */
function trim(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text.charAt(start))) start += 1;
  while (end > start && isSpace(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

function countBlanks(text: string): number {
  let count = 0;
  for (let at = text.indexOf(" "); at >= 0; at = text.indexOf(" ", at + 1)) count += 1;
  return count;
}
