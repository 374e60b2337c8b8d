/**
 * The words of `cluster-agent check`.
 *
 * @module
 */
import { helpText } from "../options/help_text.ts";
import { optionsOf } from "../options/option_table.ts";
import { parseOptions } from "../options/parse_options.ts";
import { FlagError, type HelpAsked, readCommand, type UsageError } from "../usage.ts";

/** Check a configuration, and what it leads to. */
export interface CheckCommand {
  /** Tells the commands apart. */
  readonly kind: "check";
  /** The configuration file. */
  readonly config: string;
  /** As the agent's `--addr`. */
  readonly addr: string | undefined;
  /** As the agent's `--param`, later ones win. */
  readonly params: readonly string[];
  /** The name by which clients know the server. */
  readonly serverName: string | undefined;
  /** Whether to print one JSON object. */
  readonly isJson: boolean;
  /** Whether a warning fails the check. */
  readonly isStrict: boolean;
}

/** Reads the words behind `check`. */
export function parseCheck(words: readonly string[]): CheckCommand | HelpAsked | UsageError {
  return readCommand("check", (): CheckCommand | HelpAsked => {
    const options = parseOptions(words, optionsOf("check"));
    if (options.has("help")) return { kind: "help", text: helpText("check") };
    const [word] = options.positionals;
    if (word !== undefined) throw new FlagError(`Cannot take ${JSON.stringify(word)}: check has only options`);
    const config = options.one("config");
    if (config === undefined || config === "") throw new FlagError("--config <FILE> is required");
    const params = options.many("param");
    const bad = params.find((text) => !text.includes(":"));
    if (bad !== undefined) throw new FlagError(`Cannot use --param ${JSON.stringify(bad)}: expected key:value`);
    return {
      kind: "check",
      config,
      addr: options.one("addr"),
      params,
      serverName: options.one("server-name"),
      isJson: options.has("json"),
      isStrict: options.has("strict"),
    };
  });
}
