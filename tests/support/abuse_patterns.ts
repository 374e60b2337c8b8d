/**
 * Patterns that bring other engines down, of those that are taken here: for tests and measurements.
 *
 * @module
 */

function words(count: number, word: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => word(index)).join("|");
}

/** Short ones, and such as are near the limits. */
export const ABUSE: readonly string[] = [
  "(a+)+$",
  "(a+)+b",
  "(x+x+)+y",
  "(.*)*x",
  "(.*.*)*x",
  "(?:(?:(?:a*)*)*)*b",
  "(a|a)*b",
  "(a|aa)+$b",
  "(a*){1,40}b",
  "(?:a{0,30}){0,30}b",
  ".{0,1000}x.{0,1000}y",
  "(?s).{0,4000}x.*y",
  "[ab]{0,9000}c",
  "a.{5000}b",
  "(?-u:a[ab]{13}c)",
  "(?-u:a[ab]{400}c)",
  "(?i)\\p{L}{400}",
  "(?i)\\p{L}{400}\\d",
  "\\p{L}{19000}",
  "(?i)\\w{3000}\\d",
  "(\\w\\W?){2000}#",
  "\\b(\\w+\\s*)*\\bx$",
  "^(\\w+\\s?)*\\d$",
  "(?:\\b|\\B|^|$)*b",
  `${"\\b".repeat(15_000)}x`,
  `${"(?:\\b|)".repeat(3_900)}x[ab]{13}c`,
  `(?:${"|".repeat(9_000)})(?-u:a[ab]{400}c)`,
  `${"()".repeat(9_000)}(?-u:a[ab]{13}c)`,
  "a".repeat(5_000) + "b",
  `(?i)${"k".repeat(19_000)}`,
  "(?:a?){4900}b",
  words(2_000, (index) => `w${index}`),
  `(?i)${words(3_000, (index) => (index * 7919 % 46656).toString(36))}`,
  Array.from({ length: 1_000 }, (_, index) => `[^\\x{${(256 + 7 * index).toString(16)}}]`).join(""),
];
