/**
 * The tasks of which a program gives a wrong answer: what the test of the tasks finds.
 *
 * @module
 */

/** Those of `cluster-agent`. */
export const HERE_FAILS: readonly string[] = [];

/** Those of `rg`, `zgrep` and `jq`, as the tasks have them. */
export const OTHER_FAILS: readonly string[] = [
  "a request with its quotes, as Docker's container wrote it",
  "a word that stands where a part of a long message begins",
  "messages that mention stdout, not those written to it",
  "the first error of a container",
  "the last error of a container",
  "everything in one minute, of the whole node",
  "a text with a dot and parentheses, literally",
];
