/**
 * The shape of an option of the command line.
 *
 * @module
 */

/** The commands that take options; `serve` is the agent itself, which no word asks for. */
export type CommandName = "serve" | "check" | "grep" | "list" | "stream-forward" | "stream-backward" | "completions";

/** An option: all that parser, help, completions and the page of options know of it. */
export interface OptionRow {
  /** The long name, without its dashes. */
  readonly name: string;
  /** The letter of the short form. */
  readonly short?: string;
  /** Other names; one letter is another short form. */
  readonly aliases?: readonly string[];
  /** What the argument is, as the help names it; absent for a flag. */
  readonly value?: string;
  /** The arguments that there are, where they can be listed. */
  readonly choices?: readonly string[];
  /** Whether the argument names a file, which a shell completes. */
  readonly isFile?: boolean;
  /** Whether the option can be repeated, and each time counts. */
  readonly isMultiple?: boolean;
  /** Whether the argument may begin with a dash, as a pattern may. */
  readonly takesDash?: boolean;
  /** What it does: one line of the help. */
  readonly help: string;
  /** More about it, for `--help` and the page. */
  readonly more?: string;
  /** The section of the help. */
  readonly group: string;
  /** The commands that take it. */
  readonly commands: readonly CommandName[];
  /** Whether the short help shows it. */
  readonly isCommon?: boolean;
  /** Whether it is accepted for habit's sake only; `help` tells why it has no effect. */
  readonly isIgnored?: boolean;
}
