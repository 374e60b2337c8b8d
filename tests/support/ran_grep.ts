/**
 * Runs `cluster-agent grep` in this process.
 *
 * @module
 */
import { noProgress } from "../../src/cli/files/progress.ts";
import type { Terminal } from "../../src/cli/files/terminal.ts";
import { grep, type GrepOptions } from "../../src/cli/grep/grep.ts";
import { parseGrep } from "../../src/cli/grep/grep_flags.ts";

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
  const command = parseGrep(words);
  if (command.kind !== "grep") throw new TypeError(`Cannot run: ${JSON.stringify(command)}`);
  const written: Uint8Array[] = [];
  const errors: string[] = [];
  const code = await grep(command, {
    isForTerminal: false,
    wantsColours: false,
    writeSync: (bytes) => written.push(bytes.slice()) && bytes.length,
    warn: (line) => void errors.push(line),
    progress: () => noProgress,
    ...terminal,
  }, options);
  const text = new TextDecoder().decode(await new Blob(written as BlobPart[]).bytes());
  return { code, lines: text.split("\n").slice(0, -1), errors };
}
