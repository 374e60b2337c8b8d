/**
 * `cluster-agent grep` in this process, by its lines.
 *
 * @module
 */
import type { Terminal } from "../../src/cli/files/terminal.ts";
import type { GrepOptions } from "../../src/cli/grep/grep.ts";
import { runGrep } from "./run_grep.ts";

/** What came of it. */
export interface RanGrep {
  /** The exit code. */
  readonly code: number;
  /** The lines on standard output. */
  readonly lines: readonly string[];
  /** The lines on standard error. */
  readonly errors: readonly string[];
}

/** Runs the command; by default as into a file. */
export async function ranGrep(
  words: readonly string[],
  terminal: Partial<Terminal> = {},
  options: GrepOptions = {},
): Promise<RanGrep> {
  const { code, text, warnings } = await runGrep(words, terminal, options);
  return { code, lines: text.split("\n").slice(0, -1), errors: warnings };
}
