/**
 * What a program says of its command line, without doing anything.
 *
 * @module
 */
import { writeError, writeWhole } from "../telemetry/write_whole.ts";
import { VERSION } from "../telemetry/version.ts";
import type { HelpAsked, UsageError, VersionAsked } from "./usage.ts";

/** The command was not understood, or a search of files failed. */
export const USAGE_EXIT_CODE = 2;

/** Says it; ends the process for a mistake. */
export function answer(asked: HelpAsked | VersionAsked | UsageError, { name }: { readonly name: string }): void {
  switch (asked.kind) {
    case "help":
      return print(asked.text);
    case "version":
      return print(`${name} ${VERSION}\n`);
    case "usage-error":
      writeError(usageText(asked, name));
      return Deno.exit(USAGE_EXIT_CODE);
  }
}

/**
 * The agent's own words are answered with `error:`, as the original does, whose callers may read it; the other commands
 * have one style for all errors, `Error:`.
 */
function usageText({ message, command }: UsageError, name: string): string {
  return command === undefined
    ? `error: ${message}\n\nFor more information, try '--help'.\n`
    : `Error: ${message}\nFor more information, try '${name} ${command} --help'.\n`;
}

/** Prints a text; quietly, where nobody reads it. */
function print(text: string): void {
  try {
    writeWhole(text);
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}
