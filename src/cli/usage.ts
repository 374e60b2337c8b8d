/**
 * What reading a command line comes to when it is no command: a request for help, or a mistake.
 *
 * @module
 */
import { parseArgs, type ParseArgsConfig } from "node:util";
import type { CommandName } from "./options/option_row.ts";

/** Print `text`, and that was all. */
export interface HelpAsked {
  /** Tells the commands apart. */
  readonly kind: "help";
  /** The help that was asked for. */
  readonly text: string;
}

/** Print the version. */
export interface VersionAsked {
  /** Tells the commands apart. */
  readonly kind: "version";
}

/** Print `message`, one line, and how to get help. */
export interface UsageError {
  /** Tells the commands apart. */
  readonly kind: "usage-error";
  /** What was wrong. */
  readonly message: string;
  /** The command whose words these were, where it has a help of its own. */
  readonly command?: CommandName;
}

/** A mistake. */
export function usageError(message: string): UsageError {
  return { kind: "usage-error", message };
}

/** What a reader of flags throws for a value that cannot be used; {@linkcode readCommand} makes a usage error of it. */
export class FlagError extends TypeError {
  /** The class, as an error log shows it. */
  override readonly name = "FlagError";
}

/** The flags and the other words, as the platform reads them. */
export type Words<T extends ParseArgsConfig["options"]> = ReturnType<
  typeof parseArgs<{ options: NonNullable<T>; allowPositionals: true; strict: true }>
>;

/** Reads words by a table of flags and hands them to `read`; what either does not take is a usage error. */
export function readWords<const T extends NonNullable<ParseArgsConfig["options"]>, Command>(
  words: readonly string[],
  options: T,
  read: (words: Words<T>) => Command,
): Command | UsageError {
  try {
    return read(parseArgs({ args: [...words], options, allowPositionals: true, strict: true }));
  } catch (error) {
    if (error instanceof FlagError || isFromPlatform(error)) return usageError(error.message.split("\n")[0] ?? "");
    throw error;
  }
}

/** Reads the words of a command of the option table; a {@linkcode FlagError} is a usage error. */
export function readCommand<Command>(command: CommandName, read: () => Command): Command | UsageError {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof FlagError)) throw error;
    return command === "serve" ? usageError(error.message) : { ...usageError(error.message), command };
  }
}

/** Reports whether the platform's own parser has refused the words. */
function isFromPlatform(error: unknown): error is TypeError {
  return error instanceof TypeError && String((error as { code?: unknown }).code).startsWith("ERR_PARSE_ARGS_");
}

/**
 * The one value of a flag that is declared as `multiple`, so that a second one is not taken in silence.
 *
 * @throws {FlagError} when there are more
 */
export function single(name: string, values: readonly string[] | undefined): string | undefined {
  if (values !== undefined && values.length > 1) throw new FlagError(`--${name} can be given only once`);
  return values?.[0];
}
