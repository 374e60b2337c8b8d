/**
 * What callers make of a text before they send it as a pattern.
 *
 * Their form, not this agent's: case is ignored, and a blank stands for any one white space, with colours allowed
 * around it – so that words are found that a program has coloured one by one.
 *
 * @module
 */

const colour = String.raw`(?:(?:\x1B\[[0-9;]*[mK])?)*`;
const caseless = "(?i)";

/** The pattern that a caller sends when somebody searches for the regular expression `text`. */
export function callersPattern(text: string): string {
  return caseless + text.trim().replaceAll(" ", String.raw`${colour}\s${colour}`);
}

/** A pattern of {@linkcode callersPattern} as the platform's own, to find all matches in a text that has matched. */
export function highlightPattern(pattern: string): RegExp {
  return new RegExp(pattern.startsWith(caseless) ? pattern.slice(caseless.length) : pattern, "giu");
}
