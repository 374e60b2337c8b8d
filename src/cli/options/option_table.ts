/**
 * The options of the agent's commands: the one table from which the parser, the help, the completions of the shells and
 * the page about the terminal come.
 *
 * Promises that whatever stands here does something, or says by `isIgnored` that it does not: a test looks.
 *
 * @module
 */
import type { CommandName, OptionRow } from "./option_row.ts";

const STREAMS = ["stream-forward", "stream-backward"] as const;
const ALL = ["serve", "check", "grep", ...STREAMS, "completions"] as const;

const OPTIONS = "Options";
const RECORDS = "Which records";
const PRINTED = "What is printed";
const OTHER = "Other";

const ROWS = [
  {
    name: "config",
    short: "c",
    value: "FILE",
    isFile: true,
    help: "Configuration file: .yaml, .yml, .json or .toml (required)",
    group: OPTIONS,
    commands: ["serve", "check"],
  },
  {
    name: "addr",
    short: "a",
    value: "ADDR",
    help: "Address to listen on, e.g. [::]:50051 or :50051; wins over everything else",
    group: OPTIONS,
    commands: ["serve", "check"],
  },
  {
    name: "param",
    short: "p",
    value: "KEY:VALUE",
    isMultiple: true,
    help: "One value of the configuration, e.g. logging.level:debug; wins over the file, can be repeated",
    group: OPTIONS,
    commands: ["serve", "check"],
  },
  {
    name: "server-name",
    value: "NAME",
    help: "The name by which clients know the agent: its certificate has to have it",
    group: OPTIONS,
    commands: ["check"],
  },
  {
    name: "strict",
    help: "Let a warning fail the check",
    group: OPTIONS,
    commands: ["check"],
  },
  {
    name: "ignore-case",
    short: "i",
    help: "Take upper and lower case for the same",
    group: RECORDS,
    commands: ["grep"],
    isCommon: true,
  },
  {
    name: "invert-match",
    short: "v",
    help: "Print the records that do not match",
    group: RECORDS,
    commands: ["grep"],
    isCommon: true,
  },
  {
    name: "grep",
    short: "g",
    value: "PATTERN",
    takesDash: true,
    help: "Only records whose message matches this regular expression",
    group: RECORDS,
    commands: ["grep", ...STREAMS],
    more: "For grep: the pattern, so that all other words are files.",
  },
  {
    name: "since",
    aliases: ["start-time"],
    value: "TIME",
    help: "Only records at or after this time: 2006-01-02T15:04:05Z, or 90s, 5m, 2h, 1d ago",
    group: RECORDS,
    commands: ["grep"],
    isCommon: true,
  },
  {
    name: "until",
    aliases: ["stop-time"],
    value: "TIME",
    help: "Only records at or before this time",
    group: RECORDS,
    commands: ["grep"],
    isCommon: true,
  },
  {
    name: "start-time",
    aliases: ["since"],
    value: "TIME",
    help: "Only records at or after this time: 2006-01-02T15:04:05Z, or 90s, 5m, 2h, 1d ago",
    group: RECORDS,
    commands: STREAMS,
  },
  {
    name: "stop-time",
    aliases: ["until"],
    value: "TIME",
    help: "Only records at or before this time",
    group: RECORDS,
    commands: STREAMS,
  },
  {
    name: "head",
    value: "N",
    help: "Only the first N of them, of each file",
    group: RECORDS,
    commands: ["grep"],
    isCommon: true,
  },
  {
    name: "tail",
    value: "N",
    help: "Only the last N of them, of each file",
    group: RECORDS,
    commands: ["grep"],
    isCommon: true,
  },
  {
    name: "follow-from",
    value: "WHERE",
    choices: ["noop", "default", "end"],
    help: "noop: end where the file ends; default: go on with what is written to it, also when it is rotated; " +
      "end: only what is written from now on [default: noop]",
    group: RECORDS,
    commands: ["stream-forward"],
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
    name: "no-filename",
    short: "h",
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
    name: "json",
    help: 'Print one JSON object: {"result", "checks": [{"check", "result", "message", …}]}',
    group: OPTIONS,
    commands: ["check"],
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
  {
    name: "explain",
    help: "Tell how the search would be done, and do not do it",
    group: OTHER,
    commands: ["grep"],
  },
  { name: "help", help: "Print this help; -h alone prints a short one", group: OTHER, commands: ["grep"] },
  {
    name: "help",
    short: "h",
    help: "Print this help",
    group: OPTIONS,
    commands: ["serve", "check", "completions"],
  },
  { name: "help", short: "h", help: "Print this help", group: OTHER, commands: STREAMS },
  { name: "version", short: "V", help: "Print the version", group: OPTIONS, commands: ["serve"] },
  { name: "version", short: "V", help: "Print the version", group: OTHER, commands: ["grep"] },
] as const satisfies readonly OptionRow[];

/** The long name of an option. */
export type OptionName = typeof ROWS[number]["name"];

/** The table. */
export const OPTION_TABLE: readonly OptionRow[] = ROWS;

/** All commands that take options. */
export const COMMAND_NAMES: readonly CommandName[] = ALL;

/** The options of a command, in the order of the table. */
export function optionsOf(command: CommandName): readonly OptionRow[] {
  return OPTION_TABLE.filter(({ commands }) => commands.includes(command));
}
