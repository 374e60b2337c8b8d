/**
 * `cluster-agent grep` in this process, and rg beside it.
 *
 * @module
 */
import { grep, type GrepOptions } from "../../src/cli/grep/grep.ts";
import { parseGrep } from "../../src/cli/grep/grep_flags.ts";
import type { Terminal } from "../../src/cli/files/terminal.ts";
import { recordedTerminal } from "./recorded_terminal.ts";
import { rgOutput } from "./rg.ts";

/** What a program did. */
export interface Ran {
  readonly code: number;
  readonly text: string;
  readonly warnings: readonly string[];
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Runs grep on these words; what they do not say of the terminal is that of a pipe. */
export async function runGrep(
  words: readonly string[],
  terminal: Partial<Terminal> = {},
  options: GrepOptions = {},
): Promise<Ran> {
  const command = parseGrep(words);
  if (command.kind !== "grep") throw new TypeError(`Cannot run: ${JSON.stringify(command)}`);
  const recorded = recordedTerminal(terminal);
  const code = await grep(command, recorded.terminal, options);
  return { code, text: decoder.decode(await recorded.bytes()), warnings: recorded.warnings };
}

/** Runs rg on these words, file after file. */
export async function runRg(words: readonly string[]): Promise<Ran> {
  const { code, stdout, stderr } = await rgOutput(["--no-line-number", "--no-heading", "--sort=path", ...words]);
  return { code, text: decoder.decode(stdout), warnings: decoder.decode(stderr).split("\n").slice(0, -1) };
}
