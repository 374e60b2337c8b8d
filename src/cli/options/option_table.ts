/**
 * The options of the agent's commands: the one table from which the parser, the help, the completions of the shells and
 * the page about the terminal come. Its rows stand in files by what they are about.
 *
 * Promises that whatever stands here does something, or says by `isIgnored` that it does not: a test looks.
 *
 * @module
 */
import { COMMAND_OPTIONS } from "./_command_options.ts";
import { LOG_OPTIONS } from "./_log_options.ts";
import { PATTERN_OPTIONS } from "./_pattern_options.ts";
import { PRINT_OPTIONS } from "./_print_options.ts";
import { RECORD_OPTIONS } from "./_record_options.ts";
import type { CommandName, OptionRow } from "./option_row.ts";

const ROWS = [...PATTERN_OPTIONS, ...LOG_OPTIONS, ...RECORD_OPTIONS, ...PRINT_OPTIONS, ...COMMAND_OPTIONS] as const;

/** The long name of an option. */
export type OptionName = typeof ROWS[number]["name"];

/** The table. */
export const OPTION_TABLE: readonly OptionRow[] = ROWS;

/** All commands that take options. */
export const COMMAND_NAMES: readonly CommandName[] = [
  "serve",
  "check",
  "grep",
  "list",
  "stream-forward",
  "stream-backward",
  "completions",
];

/** The options of a command, in the order of the table. */
export function optionsOf(command: CommandName): readonly OptionRow[] {
  return OPTION_TABLE.filter(({ commands }) => commands.includes(command));
}
