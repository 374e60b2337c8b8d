/**
 * The words behind `cluster-agent grep`.
 *
 * @module
 */
import type { TimeFlagOptions } from "../files/time_flag.ts";
import { readTimeZone } from "../files/time_zone.ts";
import { helpText, shortHelpText } from "../options/help_text.ts";
import { type OptionName, optionsOf } from "../options/option_table.ts";
import { type ParsedOptions, parseOptions } from "../options/parse_options.ts";
import { readTimes } from "../options/read_times.ts";
import { FlagError, type HelpAsked, readCommand, type UsageError, type VersionAsked } from "../usage.ts";
import { type GrepBounds, type GrepCommand, type GrepPatterns, type GrepPrinting, PLAIN_GREP } from "./grep_command.ts";

/** Reads the words behind `grep`. */
export function parseGrep(
  words: readonly string[],
  times: TimeFlagOptions = {},
): GrepCommand | HelpAsked | VersionAsked | UsageError {
  return readCommand("grep", (): GrepCommand | HelpAsked | VersionAsked => {
    const options = parseOptions(words, optionsOf("grep"));
    if (options.has("help")) return { kind: "help", text: helpText("grep") };
    if (options.has("version")) return { kind: "version" };
    if (!hasPattern(options) && options.last("no-filename") !== undefined && options.positionals.length === 0) {
      return { kind: "help", text: shortHelpText("grep") };
    }
    return {
      ...PLAIN_GREP,
      ...readPatterns(options),
      ...readLogs(options),
      ...readBounds(options, { ...times, zone: readTimeZone(options.one("tz")) }),
      ...readPrinting(options),
      explain: options.has("explain"),
    };
  });
}

/** Whether the pattern is no word of its own. */
function hasPattern(options: ParsedOptions): boolean {
  return options.has("regexp") || options.has("file") || options.has("grep");
}

function readPatterns(options: ParsedOptions): GrepPatterns & Pick<GrepCommand, "files"> {
  const { positionals } = options;
  const patternFiles = options.many("file");
  let patterns = [...options.many("regexp"), ...options.has("grep") ? [options.one("grep") ?? ""] : []];
  let files = positionals;
  if (!hasPattern(options)) {
    if (positionals.length === 0) throw new FlagError("<PATTERN> is missing");
    patterns = positionals.slice(0, 1);
    files = positionals.slice(1);
  }
  const isByName = LOG_NAMES.some((name) => options.has(name));
  if (files.length === 0 && !isByName) files = ["-"];
  if (patternFiles.filter((name) => name === "-").length + files.filter((name) => name === "-").length > 1) {
    throw new FlagError("Cannot read standard input more than once");
  }
  const whole = options.last("word-regexp", "line-regexp");
  return {
    patterns,
    patternFiles,
    files,
    exclude: options.many("exclude"),
    isFixed: options.has("fixed-strings"),
    wholeWords: whole === "word-regexp",
    wholeLines: whole === "line-regexp",
    letterCase: LETTER_CASE[options.last("ignore-case", "case-sensitive", "smart-case") ?? "case-sensitive"],
    crlf: options.has("crlf"),
    invert: options.has("invert-match"),
  };
}

/** Options that select from all logs, where no word does. */
/** Options about the messages of one log that has an end. */
const SINGLE = ["after-context", "before-context", "context", "join", "stream"] as const;

const LOG_NAMES = ["namespace", "container", "logs", "follow"] as const;

/** Options that ask for all records before any is printed. */
const NOT_FOLLOWED = ["merge", "count", "quiet", "files-with-matches", "files-without-match"] as const;

function readLogs(
  options: ParsedOptions,
): Pick<GrepCommand, "logs" | "namespace" | "containers" | "history" | "merge" | "follow" | "timeZone"> {
  const follow = options.has("follow");
  const taken = options.last("follow", "merge");
  const single = options.last(...SINGLE);
  if (taken !== undefined && single !== undefined) throw new FlagError(`--${taken} and --${single} exclude each other`);
  if (follow) {
    const excluded = NOT_FOLLOWED.find((name) => options.has(name));
    if (excluded !== undefined) throw new FlagError(`--follow and --${excluded} exclude each other`);
    if (options.has("tail") && options.has("until")) throw new FlagError("--follow takes --tail or --until, not both");
  }
  return {
    follow,
    merge: options.has("merge"),
    logs: options.one("logs"),
    namespace: options.one("namespace"),
    containers: options.many("container"),
    history: !options.has("no-history"),
    timeZone: options.one("tz"),
  };
}

const LETTER_CASE = { "ignore-case": "ignored", "case-sensitive": "kept", "smart-case": "smart" } as const;

function readBounds(
  options: ParsedOptions,
  times: TimeFlagOptions,
): GrepBounds {
  const head = readNumber(options, "head", { min: 1 });
  const tail = readNumber(options, "tail", { min: options.has("follow") ? 0 : 1 });
  const maxCount = readNumber(options, "max-count");
  if (head !== undefined && tail !== undefined) throw new FlagError("--head and --tail exclude each other");
  if (maxCount !== undefined && tail !== undefined) throw new FlagError("--max-count and --tail exclude each other");
  const { from: since, to: until } = readTimes(options, { from: "since", to: "until" }, times);
  return { since, until, head, tail, maxCount, stream: readStream(options.one("stream")) };
}

function readPrinting(
  options: ParsedOptions,
): Omit<GrepPrinting, "timeZone"> {
  const json = options.has("json");
  const onlyMatching = options.has("only-matching");
  const show = SHOWS.find(([name]) => options.has(name))?.[1] ?? "text";
  if (json && onlyMatching && show === "text") throw new FlagError("--json and --only-matching exclude each other");
  return {
    show,
    json,
    onlyMatching,
    context: readContext(options),
    join: JOINS[options.last("join", "no-join") ?? "default"],
    fileNames: FILE_NAMES[options.last("with-filename", "no-filename") ?? "default"],
    // None is as 0 is.
    maxColumns: readNumber(options, "max-columns") || undefined,
    isText: options.has("text"),
    isQuietAboutFiles: options.has("no-messages"),
    color: readColor(options.one("color")),
  };
}

/** What is printed instead of records: the first of these that is given, as for rg. */
const SHOWS = [
  ["quiet", "nothing"],
  ["count", "count"],
  ["files-with-matches", "files with matches"],
  ["files-without-match", "files without match"],
] as const;

const JOINS = { join: "always", "no-join": "never", default: "auto" } as const;

const FILE_NAMES = { "with-filename": "always", "no-filename": "never", default: "auto" } as const;

function readContext(options: ParsedOptions): GrepCommand["context"] {
  const both = readNumber(options, "context") ?? 0;
  const before = readNumber(options, "before-context") ?? both;
  return { before, after: readNumber(options, "after-context") ?? both };
}

function readStream(text: string | undefined): GrepCommand["stream"] {
  if (text === undefined || text === "stdout" || text === "stderr") return text;
  throw new FlagError(`Cannot use --stream: wanted stdout or stderr, got ${JSON.stringify(text)}`);
}

/** Reads a whole number. */
function readNumber(
  options: ParsedOptions,
  name: OptionName,
  { min = 0 }: { readonly min?: number } = {},
): number | undefined {
  const text = options.one(name);
  if (text === undefined) return undefined;
  const count = /^\d{1,15}$/.test(text) ? Number(text) : -1;
  if (count >= min) return count;
  throw new FlagError(`Cannot use --${name}: wanted a whole number from ${min} on, got ${JSON.stringify(text)}`);
}

function readColor(text = "auto"): GrepCommand["color"] {
  if (text === "auto" || text === "always" || text === "never") return text;
  throw new FlagError(`Cannot use --color: wanted auto, always or never, got ${JSON.stringify(text)}`);
}
