/**
 * Ripgrep, where it is there: `rg`, or what RG names.
 *
 * @module
 */
import type { Ran } from "../support/run_command.ts";

const RG = Deno.env.get("RG") ?? "rg";

/** What it does without a terminal and a configuration, one file after the other. */
const FLAGS = ["--no-config", "--no-heading", "--no-line-number", "--color=never", "--threads=1", "--no-ignore"];

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Whether it is there. */
export const hasRg: boolean = await isThere();

async function isThere(): Promise<boolean> {
  try {
    return (await new Deno.Command(RG, { args: ["--version"] }).output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Runs it. */
export async function runRg(words: readonly string[]): Promise<Ran> {
  const { code, stdout, stderr } = await new Deno.Command(RG, { args: [...FLAGS, ...words] }).output();
  return { code, bytes: stdout, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}
