/**
 * The words behind `cluster-agent grep`.
 *
 * @module
 */
import type { Time } from "../../logs/time.ts";
import { FlagError, type HelpAsked, readWords, single, type UsageError } from "../usage.ts";
import { readTimeFlag, type TimeFlagOptions } from "../files/time_flag.ts";

/** Print the records of some files that match. */
export interface GrepCommand {
  /** Tells the commands apart. */
  readonly kind: "grep";
  /** The regular expression, as it was typed. */
  readonly pattern: string;
  /** Paths, or `-` for standard input; one at least. */
  readonly files: readonly string[];
  /** The earliest time wanted. */
  readonly since: Time | undefined;
  /** The latest time wanted. */
  readonly until: Time | undefined;
  /** The most records of each file, from its beginning on. */
  readonly head: number | undefined;
  /** The most records of each file, up to its end. */
  readonly tail: number | undefined;
  /** What is printed of the records. */
  readonly show: "text" | "json" | "count" | "count as json";
  /** Whether the records are wanted that do not match. */
  readonly invert: boolean;
  /** Whether upper and lower case are the same. */
  readonly ignoreCase: boolean;
  /** Whether to tell how the search would be done, in place of doing it. */
  readonly explain: boolean;
  /** Whether colours are wanted; `auto`: on a terminal. */
  readonly color: "auto" | "always" | "never";
}

/** What `grep --help` prints. */
export const GREP_HELP = `Prints the records of container logs whose messages match a regular expression.

Usage: cluster-agent grep [OPTIONS] <PATTERN> [FILE]...

PATTERN has the syntax and meaning of Rust's regex crate, as for rg; only the message is searched. A
blank is a blank; in requests to the agent it stands for any white space with colour codes around it:
\\s+ comes near to that. FILE is a log as a runtime writes it, CRI or Docker json-file; of any other
text, each line that is not empty is a message without a time. Gzipped files are decompressed, UTF-16
with its mark is transcoded; other compressed files are refused. "-", or no file, is standard input.

Options:
  -i, --ignore-case     Take upper and lower case for the same
  -v, --invert-match    Print the records that do not match
      --since <TIME>    Only records at or after this time: 2006-01-02T15:04:05Z, or 90s, 5m, 2h, 1d ago
      --until <TIME>    Only records at or before this time
      --head <N>        Only the first N of them, of each file
      --tail <N>        Only the last N of them, of each file
  -c, --count           Print only how many there are, for each file
      --json            Print a JSON object for each record
      --color <WHEN>    always, never or auto: on a terminal, unless NO_COLOR is set [default: auto]
      --explain         Tell how the search would be done, and do not do it
  -h, --help            Print this help

A time without a zone is UTC, and a date alone is its first moment.
Lines that are no records of a log are left out; how many there were is told on standard error.
Exit code: 0 when something was found, 1 when nothing was, 2 when something went wrong.
`;

const OPTIONS = {
  "ignore-case": { type: "boolean", short: "i" },
  "invert-match": { type: "boolean", short: "v" },
  since: { type: "string", multiple: true },
  until: { type: "string", multiple: true },
  head: { type: "string", multiple: true },
  tail: { type: "string", multiple: true },
  count: { type: "boolean", short: "c" },
  json: { type: "boolean" },
  color: { type: "string", multiple: true },
  explain: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

/** Reads the words behind `grep`. */
export function parseGrep(
  words: readonly string[],
  options: TimeFlagOptions = {},
): GrepCommand | HelpAsked | UsageError {
  return readWords(words, OPTIONS, ({ values, positionals }): GrepCommand | HelpAsked => {
    if (values.help) return { kind: "help", text: GREP_HELP };
    const [pattern, ...files] = positionals;
    if (pattern === undefined) throw new FlagError("<PATTERN> is missing");
    const head = readCount("head", single("head", values.head));
    const tail = readCount("tail", single("tail", values.tail));
    if (head !== undefined && tail !== undefined) throw new FlagError("--head and --tail exclude each other");
    const { count = false, json = false } = values;
    return {
      kind: "grep",
      pattern,
      files: files.length === 0 ? ["-"] : files,
      since: readTimeFlag("since", single("since", values.since), options),
      until: readTimeFlag("until", single("until", values.until), options),
      head,
      tail,
      show: count ? (json ? "count as json" : "count") : json ? "json" : "text",
      invert: values["invert-match"] ?? false,
      ignoreCase: values["ignore-case"] ?? false,
      explain: values.explain ?? false,
      color: readColor(single("color", values.color)),
    };
  });
}

function readCount(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const count = /^\d+$/.test(text) ? Number(text) : 0;
  if (count < 1) {
    throw new FlagError(`Cannot use --${name}: wanted a whole number from 1 on, got ${JSON.stringify(text)}`);
  }
  return count;
}

function readColor(text = "auto"): GrepCommand["color"] {
  if (text === "auto" || text === "always" || text === "never") return text;
  throw new FlagError(`Cannot use --color: wanted auto, always or never, got ${JSON.stringify(text)}`);
}
