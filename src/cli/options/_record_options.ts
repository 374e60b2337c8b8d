/**
 * The rows of options about records: which of them are wanted.
 *
 * @module
 */
import type { OptionRow } from "./option_row.ts";

const STREAMS = ["stream-forward", "stream-backward"] as const;
const RECORDS = "Which records";

/** The rows. */
export const RECORD_OPTIONS = [
  {
    name: "invert-match",
    short: "v",
    help: "Print the records that do not match",
    group: RECORDS,
    commands: ["grep"],
    isCommon: true,
  },
  {
    name: "exclude",
    value: "PATTERN",
    isMultiple: true,
    takesDash: true,
    help: "Leave out the records that match this one, too; can be repeated",
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
    help:
      'Only records at or after this time: 2006-01-02T15:04:05Z, "2006-01-02 15:04", 17:00, "yesterday 8:00", or 90s, 5m, 2h ago',
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
    help:
      'Only records at or after this time: 2006-01-02T15:04:05Z, "2006-01-02 15:04", 17:00, "yesterday 8:00", or 90s, 5m, 2h ago',
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
    name: "max-count",
    short: "m",
    value: "N",
    help: "Only the first N of them, of each file, as --head",
    group: RECORDS,
    commands: ["grep"],
  },
  {
    name: "stream",
    value: "NAME",
    choices: ["stdout", "stderr"],
    help: "Only records of this stream of the container: stdout or stderr",
    group: RECORDS,
    commands: ["grep"],
    isCommon: true,
  },
  {
    name: "text",
    short: "a",
    help: "Search binary files as text: print what matches, not only that something does",
    group: RECORDS,
    commands: ["grep"],
  },
  {
    name: "search-zip",
    short: "z",
    help: "Accepted: gzipped files are read anyway",
    group: RECORDS,
    commands: ["grep"],
    isIgnored: true,
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
] as const satisfies readonly OptionRow[];
