/**
 * Runs a command of the command line in this process: what it would write, and its exit code.
 *
 * @module
 */
import { grep } from "../../src/cli/grep/grep.ts";
import { parseCommandLine } from "../../src/cli/flags.ts";
import { list } from "../../src/cli/logs/list.ts";
import { stream } from "../../src/cli/stream/stream.ts";
import type { Terminal } from "../../src/cli/files/terminal.ts";
import { recordedTerminal } from "./recorded_terminal.ts";

/** What a command has done. */
export interface Ran {
  /** Its exit code. */
  readonly code: number;
  /** Its standard output, as text. */
  readonly stdout: string;
  /** The same as bytes. */
  readonly bytes: Uint8Array;
  /** Its lines on standard error. */
  readonly stderr: string;
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Runs the words behind the program's name; what is written goes nowhere else. */
export async function runCommand(words: readonly string[], options: Partial<Terminal> = {}): Promise<Ran> {
  const command = parseCommandLine(words);
  const told: string[] = [];
  const { terminal, bytes } = recordedTerminal({ warn: (line) => void told.push(line), ...options });
  const ran = (code: number, bytes: Uint8Array): Ran => ({
    code,
    bytes,
    stdout: decoder.decode(bytes),
    stderr: told.map((line) => `${line}\n`).join(""),
  });
  switch (command.kind) {
    case "grep":
      return ran(await grep(command, terminal), await bytes());
    case "list":
      return ran(await list(command, terminal), await bytes());
    case "stream":
      return ran(await stream(command, terminal), await bytes());
    case "help":
      return ran(0, new TextEncoder().encode(command.text));
    case "usage-error":
      told.push(`error: ${command.message}`);
      return ran(2, new Uint8Array());
    default:
      throw new TypeError(`Cannot run ${command.kind} here`);
  }
}
