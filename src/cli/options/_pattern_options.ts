/**
 * The rows of options about patterns: what is searched for.
 *
 * @module
 */
import type { OptionRow } from "./option_row.ts";

const PATTERNS = "What is searched for";

/** The rows. */
export const PATTERN_OPTIONS = [
  {
    name: "regexp",
    short: "e",
    value: "PATTERN",
    isMultiple: true,
    takesDash: true,
    help: "A pattern, in place of the first word; can be repeated, then any of them may match",
    group: PATTERNS,
    commands: ["grep"],
  },
  {
    name: "file",
    short: "f",
    value: "FILE",
    isFile: true,
    isMultiple: true,
    help: "Patterns, one in each line of a file; - is standard input; can be repeated",
    group: PATTERNS,
    commands: ["grep"],
  },
  {
    name: "fixed-strings",
    short: "F",
    help: "Patterns are texts, not regular expressions",
    group: PATTERNS,
    commands: ["grep"],
    isCommon: true,
  },
  {
    name: "word-regexp",
    short: "w",
    help: "Only matches that are whole words",
    group: PATTERNS,
    commands: ["grep"],
    isCommon: true,
  },
  {
    name: "line-regexp",
    short: "x",
    help: "Only matches that are the whole message",
    group: PATTERNS,
    commands: ["grep"],
  },
  {
    name: "ignore-case",
    short: "i",
    help: "Take upper and lower case for the same",
    group: PATTERNS,
    commands: ["grep"],
    isCommon: true,
  },
  {
    name: "case-sensitive",
    short: "s",
    help: "Do not, as without an option: of -i, -s and -S, the last one counts",
    group: PATTERNS,
    commands: ["grep"],
  },
  {
    name: "smart-case",
    short: "S",
    help: "Take them for the same unless a pattern has a capital",
    group: PATTERNS,
    commands: ["grep"],
  },
  {
    name: "crlf",
    help: "Let $ and -x match before a carriage return, too",
    group: PATTERNS,
    commands: ["grep"],
  },
  {
    name: "extended-regexp",
    short: "E",
    help: "Accepted: patterns are extended regular expressions anyway",
    group: PATTERNS,
    commands: ["grep"],
    isIgnored: true,
  },
  {
    name: "perl-regexp",
    short: "P",
    aliases: ["pcre2"],
    help: "Accepted: most of Perl's syntax is taken anyway; a pattern with look-around or a back-reference is refused",
    group: PATTERNS,
    commands: ["grep"],
    isIgnored: true,
  },
] as const satisfies readonly OptionRow[];
