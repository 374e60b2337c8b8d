/**
 * The words behind `cluster-agent completions`.
 *
 * @module
 */
import { FlagError, type HelpAsked, readCommand, type UsageError } from "../usage.ts";
import { readShell, type Shell } from "./completions.ts";
import { helpText } from "./help_text.ts";
import { optionsOf } from "./option_table.ts";
import { parseOptions } from "./parse_options.ts";

/** Print what makes a shell complete commands and options. */
export interface CompletionsCommand {
  /** Tells the commands apart. */
  readonly kind: "completions";
  /** The shell. */
  readonly shell: Shell;
}

/** Reads the words behind `completions`. */
export function parseCompletions(words: readonly string[]): CompletionsCommand | HelpAsked | UsageError {
  return readCommand("completions", (): CompletionsCommand | HelpAsked => {
    const options = parseOptions(words, optionsOf("completions"));
    if (options.has("help")) return { kind: "help", text: helpText("completions") };
    const [shell, other] = options.positionals;
    if (other !== undefined) throw new FlagError(`Cannot take more than one shell: ${JSON.stringify(other)}`);
    return { kind: "completions", shell: readShell(shell) };
  });
}
