/**
 * The words behind `cluster-agent stream-forward` and `stream-backward`.
 *
 * The flags are those of the original's tool for one file, and so are their names.
 *
 * @module
 */
import type { Time } from "../../logs/time.ts";
import { FlagError, type HelpAsked, readWords, single, type UsageError } from "../usage.ts";
import { readTimeFlag, type TimeFlagOptions } from "../files/time_flag.ts";

/** Print the records of one file as JSON, as the agent sends them. */
export interface StreamCommand {
  /** Tells the commands apart. */
  readonly kind: "stream";
  /** Whether the first record comes first, or the last. */
  readonly direction: "forward" | "backward";
  /** A path, or `-` for standard input. */
  readonly file: string;
  /** What messages must match; empty for no filter. */
  readonly grep: string;
  /** The earliest time wanted. */
  readonly startTime: Time | undefined;
  /** The latest time wanted. */
  readonly stopTime: Time | undefined;
  /**
   * Whether to go on with what is written later: `default` behind what is there, `end` without what is there, `noop`
   * not at all.
   */
  readonly followFrom: "noop" | "default" | "end";
}

const FLAGS = `  -g, --grep <PATTERN>       Only records whose message matches this regular expression
      --start-time <TIME>    Only records at or after this time: 2006-01-02T15:04:05Z, or 90s, 2h, 1d ago
      --stop-time <TIME>     Only records at or before this time`;

const EXIT_CODES = `Lines that are no records are left out; how many there were is told on standard error.
Exit code: 0 when the file was read, also when no record was found, and 2 when something went wrong.`;

/** What `stream-forward --help` prints. */
export const STREAM_FORWARD_HELP = `Prints a container log's records as the agent sends them, first to last.

Usage: cluster-agent stream-forward [OPTIONS] <FILE>

FILE is a log as a runtime writes it, CRI or Docker json-file, plain or gzipped; "-" is standard
input. Each record is a line:
{"timestamp":"2006-01-02T15:04:05.999999999Z","message":"…","is_final":true}

Options:
${FLAGS}
      --follow-from <WHERE>  noop: end where the file ends; default: go on with what is written to it,
                             also when it is rotated; end: only what is written from now on
                             [default: noop]
  -h, --help                 Print this help

${EXIT_CODES}
`;

/** What `stream-backward --help` prints. */
export const STREAM_BACKWARD_HELP = `Prints a container log's records as the agent sends them, last to first.

Usage: cluster-agent stream-backward [OPTIONS] <FILE>

FILE is a log as a runtime writes it, CRI or Docker json-file. It has to be read from its end, so it can
neither be standard input nor gzipped. Each record is a line:
{"timestamp":"2006-01-02T15:04:05.999999999Z","message":"…","is_final":true}

Options:
${FLAGS}
  -h, --help                 Print this help

${EXIT_CODES}
`;

const OPTIONS = {
  grep: { type: "string", short: "g", multiple: true },
  "start-time": { type: "string", multiple: true },
  "stop-time": { type: "string", multiple: true },
  help: { type: "boolean", short: "h" },
} as const;

/** Reads the words behind `stream-forward`. */
export function parseStreamForward(
  words: readonly string[],
  options: TimeFlagOptions = {},
): StreamCommand | HelpAsked | UsageError {
  const flags = { ...OPTIONS, "follow-from": { type: "string", multiple: true } } as const;
  return readWords(words, flags, ({ values, positionals }): StreamCommand | HelpAsked => {
    if (values.help) return { kind: "help", text: STREAM_FORWARD_HELP };
    const followFrom = readFollowFrom(single("follow-from", values["follow-from"]));
    return { ...streamCommand("forward", { ...values, files: positionals }, options), followFrom };
  });
}

/** Reads the words behind `stream-backward`. */
export function parseStreamBackward(
  words: readonly string[],
  options: TimeFlagOptions = {},
): StreamCommand | HelpAsked | UsageError {
  return readWords(words, OPTIONS, ({ values, positionals }): StreamCommand | HelpAsked => {
    if (values.help) return { kind: "help", text: STREAM_BACKWARD_HELP };
    return streamCommand("backward", { ...values, files: positionals }, options);
  });
}

/** What was said behind either. */
interface StreamWords {
  readonly files: readonly string[];
  readonly grep?: readonly string[];
  readonly "start-time"?: readonly string[];
  readonly "stop-time"?: readonly string[];
}

function streamCommand(
  direction: StreamCommand["direction"],
  words: StreamWords,
  options: TimeFlagOptions,
): StreamCommand {
  const [file, ...more] = words.files;
  if (file === undefined) throw new FlagError("<FILE> is missing");
  if (more.length > 0) throw new FlagError(`Cannot take more than one file: ${JSON.stringify(more[0])}`);
  return {
    kind: "stream",
    direction,
    file,
    grep: single("grep", words.grep) ?? "",
    startTime: readTimeFlag("start-time", single("start-time", words["start-time"]), options),
    followFrom: "noop",
    stopTime: readTimeFlag("stop-time", single("stop-time", words["stop-time"]), options),
  };
}

function readFollowFrom(text = "noop"): StreamCommand["followFrom"] {
  if (text === "noop" || text === "default" || text === "end") return text;
  throw new FlagError(`Cannot use --follow-from: wanted noop, default or end, got ${JSON.stringify(text)}`);
}
