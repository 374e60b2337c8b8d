/**
 * The words behind `cluster-agent grep`.
 *
 * @module
 */
import type { TimeFlagOptions } from "../files/time_flag.ts";
import { helpText, shortHelpText } from "../options/help_text.ts";
import { optionsOf } from "../options/option_table.ts";
import { parseOptions } from "../options/parse_options.ts";
import { readTimes } from "../options/read_times.ts";
import { FlagError, type HelpAsked, readCommand, type UsageError, type VersionAsked } from "../usage.ts";
import { type GrepCommand, PLAIN_GREP } from "./grep_command.ts";

/** Reads the words behind `grep`. */
export function parseGrep(
  words: readonly string[],
  times: TimeFlagOptions = {},
): GrepCommand | HelpAsked | VersionAsked | UsageError {
  return readCommand("grep", (): GrepCommand | HelpAsked | VersionAsked => {
    const options = parseOptions(words, optionsOf("grep"));
    if (options.has("help")) return { kind: "help", text: helpText("grep") };
    if (options.has("version")) return { kind: "version" };
    const patterns = options.has("grep") ? [options.one("grep") ?? ""] : options.positionals.slice(0, 1);
    const files = options.has("grep") ? options.positionals : options.positionals.slice(1);
    if (patterns.length === 0) {
      if (options.last("no-filename") !== undefined) return { kind: "help", text: shortHelpText("grep") };
      throw new FlagError("<PATTERN> is missing");
    }
    const head = readCount("head", options.one("head"));
    const tail = readCount("tail", options.one("tail"));
    if (head !== undefined && tail !== undefined) throw new FlagError("--head and --tail exclude each other");
    const { from: since, to: until } = readTimes(options, { from: "since", to: "until" }, times);
    return {
      ...PLAIN_GREP,
      patterns,
      files: files.length === 0 ? ["-"] : files,
      since,
      until,
      head,
      tail,
      show: options.has("count")
        ? (options.has("json") ? "count as json" : "count")
        : options.has("json")
        ? "json"
        : "text",
      invert: options.has("invert-match"),
      ignoreCase: options.has("ignore-case"),
      fileNames: FILE_NAMES[options.last("with-filename", "no-filename") ?? "default"],
      explain: options.has("explain"),
      color: readColor(options.one("color")),
    };
  });
}

const FILE_NAMES = { "with-filename": "always", "no-filename": "never", default: "auto" } as const;

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
