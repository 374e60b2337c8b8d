/**
 * The rows of options about what is printed of records.
 *
 * @module
 */
import type { OptionRow } from "./option_row.ts";

const PRINTED = "What is printed";

/** The rows. */
export const PRINT_OPTIONS = [
  {
    name: "after-context",
    short: "A",
    value: "N",
    help: "Print N records behind each one that matches, too",
    group: PRINTED,
    commands: ["grep"],
  },
  {
    name: "before-context",
    short: "B",
    value: "N",
    help: "Print N records before each one that matches, too",
    group: PRINTED,
    commands: ["grep"],
  },
  {
    name: "context",
    short: "C",
    value: "N",
    help: "Print N records before and behind each one that matches, too",
    group: PRINTED,
    commands: ["grep"],
    isCommon: true,
    more: "-- stands between groups that do not touch; in JSON, is_match tells which ones match.",
  },
  {
    name: "join",
    help: "Search and print the parts of a message that the runtime cut as one message, up to 4 MiB",
    group: PRINTED,
    commands: ["grep"],
    more: "Without it so for text, in logs of which a sample holds parts.",
  },
  {
    name: "no-join",
    help: "Take each part for a message",
    group: PRINTED,
    commands: ["grep"],
  },
  {
    name: "count",
    short: "c",
    help: "Print only how many there are, for each file",
    group: PRINTED,
    commands: ["grep"],
    isCommon: true,
  },
  {
    name: "files-with-matches",
    short: "l",
    help: "Print only the names of files with such records",
    group: PRINTED,
    commands: ["grep"],
    isCommon: true,
  },
  {
    name: "files-without-match",
    short: "L",
    help: "Print only the names of files without them",
    group: PRINTED,
    commands: ["grep"],
  },
  {
    name: "quiet",
    short: "q",
    help: "Print nothing: the exit code tells, as soon as something was found",
    group: PRINTED,
    commands: ["grep"],
  },
  {
    name: "only-matching",
    short: "o",
    help: "Print only what matches, each match in a line; with -c, count the matches",
    group: PRINTED,
    commands: ["grep"],
    isCommon: true,
  },
  {
    name: "max-columns",
    short: "M",
    value: "N",
    help: "Say only that a message matches when it has more bytes; 0: print it, as without an option",
    group: PRINTED,
    commands: ["grep"],
  },
  {
    name: "no-line-number",
    short: "N",
    help: "Accepted: records have times in place of line numbers",
    group: PRINTED,
    commands: ["grep"],
    isIgnored: true,
  },
  {
    name: "no-heading",
    help: "Accepted: names of files stand in each line anyway",
    group: PRINTED,
    commands: ["grep"],
    isIgnored: true,
  },
  {
    name: "line-buffered",
    help: "Accepted: what is found is printed at once",
    group: PRINTED,
    commands: ["grep"],
    isIgnored: true,
  },
  {
    name: "no-messages",
    help: "Tell nothing of files that cannot be read, and of lines that were left out",
    group: PRINTED,
    commands: ["grep"],
  },
  {
    name: "no-filename",
    short: "h",
    aliases: ["I"],
    help: "Do not print the name of the file with each record",
    group: PRINTED,
    commands: ["grep"],
    more: "Without a pattern, -h is a short help.",
  },
  {
    name: "with-filename",
    short: "H",
    help: "Print the name of the file with each record, also where there is only one",
    group: PRINTED,
    commands: ["grep"],
  },
  {
    name: "json",
    help: "Print a JSON object for each record",
    group: PRINTED,
    commands: ["grep"],
    isCommon: true,
  },
  {
    name: "color",
    aliases: ["colour"],
    value: "WHEN",
    choices: ["auto", "always", "never"],
    help: "always, never or auto: on a terminal, unless NO_COLOR is set [default: auto]",
    group: PRINTED,
    commands: ["grep"],
  },
] as const satisfies readonly OptionRow[];
