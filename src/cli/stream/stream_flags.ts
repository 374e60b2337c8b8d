/**
 * The words behind `cluster-agent stream-forward` and `stream-backward`.
 *
 * The flags are those of the original's tool for one file, and so are their names.
 *
 * @module
 */
import type { Time } from "../../logs/time.ts";
import type { TimeFlagOptions } from "../files/time_flag.ts";
import { helpText } from "../options/help_text.ts";
import { optionsOf } from "../options/option_table.ts";
import { parseOptions } from "../options/parse_options.ts";
import { readTimes } from "../options/read_times.ts";
import { FlagError, type HelpAsked, readCommand, type UsageError } from "../usage.ts";

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
  /** Whether the rotated files of the log belong to it. */
  readonly history: boolean;
}

/** Reads the words behind `stream-forward`. */
export function parseStreamForward(
  words: readonly string[],
  options: TimeFlagOptions = {},
): StreamCommand | HelpAsked | UsageError {
  return readStream("forward", words, options);
}

/** Reads the words behind `stream-backward`. */
export function parseStreamBackward(
  words: readonly string[],
  options: TimeFlagOptions = {},
): StreamCommand | HelpAsked | UsageError {
  return readStream("backward", words, options);
}

function readStream(
  direction: StreamCommand["direction"],
  words: readonly string[],
  times: TimeFlagOptions,
): StreamCommand | HelpAsked | UsageError {
  const name = `stream-${direction}` as const;
  return readCommand(name, (): StreamCommand | HelpAsked => {
    const options = parseOptions(words, optionsOf(name));
    if (options.has("help")) return { kind: "help", text: helpText(name) };
    const [file, ...more] = options.positionals;
    if (file === undefined) throw new FlagError("<FILE> is missing");
    if (more.length > 0) throw new FlagError(`Cannot take more than one file: ${JSON.stringify(more[0])}`);
    const { from: startTime, to: stopTime } = readTimes(options, { from: "start-time", to: "stop-time" }, times);
    return {
      kind: "stream",
      direction,
      file,
      grep: options.one("grep") ?? "",
      startTime,
      stopTime,
      followFrom: readFollowFrom(options.one("follow-from")),
      history: !options.has("no-history"),
    };
  });
}

function readFollowFrom(text = "noop"): StreamCommand["followFrom"] {
  if (text === "noop" || text === "default" || text === "end") return text;
  throw new FlagError(`Cannot use --follow-from: wanted noop, default or end, got ${JSON.stringify(text)}`);
}
