/**
 * The command that the words after the program's name ask for. The default command, without a word of its own, starts
 * the agent; other commands are words before the options. Nothing is printed and nothing ends here: the caller does
 * both, with exit code 2 for a usage error.
 * @module
 */

import { type CheckCommand, parseCheck } from "./check/check_flags.ts";
import type { GrepCommand } from "./grep/grep_command.ts";
import { parseGrep } from "./grep/grep_flags.ts";
import type { ListCommand } from "./logs/list_command.ts";
import { parseList } from "./logs/list_flags.ts";
import { COMMAND_TABLE } from "./options/command_table.ts";
import { type CompletionsCommand, parseCompletions } from "./options/completions_flags.ts";
import { helpText } from "./options/help_text.ts";
import { nearest } from "./options/nearest.ts";
import { COMMAND_NAMES, optionsOf } from "./options/option_table.ts";
import { parseOptions } from "./options/parse_options.ts";
import { parseStreamBackward, parseStreamForward, type StreamCommand } from "./stream/stream_flags.ts";
import { FlagError, type HelpAsked, readCommand, type UsageError, usageError, type VersionAsked } from "./usage.ts";

/** Start the agent with a configuration file. */
export interface ServeCommand {
  /** Tells the commands apart. */
  readonly kind: "serve";
  /** The configuration file. */
  readonly config: string;
  /** The address to listen on. */
  readonly addr?: string;
  /** `key:value` texts, later ones win. */
  readonly params: readonly string[];
}

/** What to do. */
export type Command =
  | ServeCommand
  | GrepCommand
  | ListCommand
  | StreamCommand
  | CheckCommand
  | CompletionsCommand
  | HelpAsked
  | VersionAsked
  | UsageError;

/** The commands that are asked for by a word, each with the reader of the words after it. */
const COMMANDS: ReadonlyMap<string, (words: readonly string[]) => Command> = new Map<
  string,
  (words: readonly string[]) => Command
>([
  ["check", parseCheck],
  ["grep", (words) => parseGrep(words)],
  ["list", parseList],
  ["stream-forward", (words) => parseStreamForward(words)],
  ["stream-backward", (words) => parseStreamBackward(words)],
  ["completions", parseCompletions],
  ["help", parseHelp],
  ["version", () => ({ kind: "version" })],
]);

/** The command that the words after the program's name ask for. */
export function parseCommandLine(argv: readonly string[]): Command {
  const [word, ...rest] = argv;
  if (word === undefined || word.startsWith("-")) return parseServe(argv);
  return COMMANDS.get(word)?.(rest) ?? unknownCommand(word);
}

function unknownCommand(word: string): UsageError {
  if (word === "collect") return usageError("the collector is a program of its own, cluster-collector");
  const near = nearest(word, COMMAND_TABLE.map(({ name }) => name));
  return usageError(
    `unknown command ${JSON.stringify(word)}${near === undefined ? "" : `; did you mean ${near}?`}`,
  );
}

/** `help` alone, or with the name of a command. */
function parseHelp([word = ""]: readonly string[]): HelpAsked | UsageError {
  if (word === "" || word === "help" || word === "version") return { kind: "help", text: helpText("serve") };
  const name = COMMAND_NAMES.find((one) => one === word && one !== "serve");
  return name === undefined ? unknownCommand(word) : { kind: "help", text: helpText(name) };
}

function parseServe(argv: readonly string[]): Command {
  return readCommand("serve", (): ServeCommand | HelpAsked | VersionAsked => {
    const options = parseOptions(argv, optionsOf("serve"));
    const [word] = options.positionals;
    if (word !== undefined) {
      throw new FlagError(`Unexpected argument '${word}'. This command does not take positional arguments`);
    }
    if (options.has("help")) return { kind: "help", text: helpText("serve") };
    if (options.has("version")) return { kind: "version" };
    const config = options.one("config");
    const addr = options.one("addr");
    const params = options.many("param");
    const badParam = params.find((text) => !text.includes(":"));
    if (badParam !== undefined) {
      throw new FlagError(
        `${JSON.stringify(badParam)}: configuration should have format <config name>:<value>, i.e. logging.level:debug`,
      );
    }
    if (config === undefined || config === "") throw new FlagError("--config <FILE> is required");
    return { kind: "serve", config, ...(addr === undefined ? {} : { addr }), params };
  });
}
