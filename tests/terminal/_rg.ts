/**
 * Ripgrep as the command lines of the differential test are given to it.
 *
 * @module
 */
import { rgOutput } from "../support/rg.ts";
import type { Ran } from "../support/run_command.ts";

/** What it does without a terminal, one file after the other. */
const FLAGS = ["--no-heading", "--no-line-number", "--color=never", "--threads=1", "--no-ignore"];

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Runs it. */
export async function runRg(words: readonly string[]): Promise<Ran> {
  const { code, stdout, stderr } = await rgOutput([...FLAGS, ...words]);
  return { code, bytes: stdout, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}
