/**
 * The words behind `cluster-agent list`.
 *
 * @module
 */
import { readTimeZone } from "../files/time_zone.ts";
import { helpText } from "../options/help_text.ts";
import { optionsOf } from "../options/option_table.ts";
import { parseOptions } from "../options/parse_options.ts";
import { type HelpAsked, readCommand, type UsageError } from "../usage.ts";
import type { ListCommand } from "./list_command.ts";

/** Reads the words behind `list`. */
export function parseList(words: readonly string[]): ListCommand | HelpAsked | UsageError {
  return readCommand("list", (): ListCommand | HelpAsked => {
    const options = parseOptions(words, optionsOf("list"));
    if (options.has("help")) return { kind: "help", text: helpText("list") };
    return {
      kind: "list",
      pods: options.positionals,
      logs: options.one("logs"),
      namespace: options.one("namespace"),
      containers: options.many("container"),
      zone: readTimeZone(options.one("tz")),
      json: options.has("json"),
    };
  });
}
