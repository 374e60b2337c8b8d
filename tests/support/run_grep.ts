/**
 * `cluster-agent grep` in this process, and rg beside it.
 *
 * @module
 */
import { grep } from "../../src/cli/grep/grep.ts";
import { parseGrep } from "../../src/cli/grep/grep_flags.ts";
import { noProgress } from "../../src/cli/files/progress.ts";
import type { Terminal } from "../../src/cli/files/terminal.ts";

/** What a program did. */
export interface Ran {
  readonly code: number;
  readonly text: string;
  readonly warnings: readonly string[];
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Runs grep on these words; what they do not say of the terminal is that of a pipe. */
export async function runGrep(words: readonly string[], terminal: Partial<Terminal> = {}): Promise<Ran> {
  const command = parseGrep(words);
  if (command.kind !== "grep") throw new TypeError(`Cannot run: ${JSON.stringify(command)}`);
  const written: Uint8Array[] = [];
  const warnings: string[] = [];
  const code = await grep(command, {
    isForTerminal: false,
    wantsColours: false,
    writeSync: (bytes) => written.push(bytes.slice()) && bytes.length,
    warn: (line) => void warnings.push(line),
    progress: () => noProgress,
    ...terminal,
  });
  return { code, text: decoder.decode(await new Blob(written as BlobPart[]).bytes()), warnings };
}

/** The program that patterns and options are compared with: `rg`, or what RG names. */
export const RG: string = Deno.env.get("RG") ?? "rg";

/** Reports whether it is there. */
export async function hasRg(): Promise<boolean> {
  try {
    return (await new Deno.Command(RG, { args: ["--version"] }).output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Runs rg on these words, file after file. */
export async function runRg(words: readonly string[]): Promise<Ran> {
  const args = ["--no-config", "--no-line-number", "--no-heading", "--sort=path", ...words];
  const { code, stdout, stderr } = await new Deno.Command(RG, { args }).output();
  return { code, text: decoder.decode(stdout), warnings: decoder.decode(stderr).split("\n").slice(0, -1) };
}
