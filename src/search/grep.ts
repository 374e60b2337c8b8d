/**
 * From the text in a request's `grep` field to the pattern that is meant.
 *
 * Owns trimming and the meaning of a blank. Does not parse: what comes out may still be refused.
 *
 * @module
 */

/** Where a blank stands, colour codes may stand around any white space: terminals do not show them, so users do not type them. */
const BLANK = String
  .raw`(?:(?:\x1B\[[0-9;]*[mK])?)*\s(?:(?:\x1B\[[0-9;]*[mK])?)*`;

/**
 * The pattern that a `grep` text stands for, or `undefined` where nothing is to be filtered.
 *
 * White space (Unicode's White_Space, not JavaScript's) is cut off at both ends; text of nothing else is no filter. Every blank that is left,
 * wherever it stands, becomes a group that takes one white-space character and colour codes around it. Callers do the same before they send,
 * so most texts arrive without a blank.
 *
 * @param text The field as it arrived.
 * @returns The pattern, to be given to the parser.
 */
export function normalizeGrep(text: string): string | undefined {
  const trimmed = text.replace(/^\p{White_Space}+|\p{White_Space}+$/gu, "");
  return trimmed === "" ? undefined : trimmed.replaceAll(" ", BLANK);
}
