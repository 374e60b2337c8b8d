/**
 * What the commands for files write and warn, kept.
 *
 * @module
 */
import { noProgress } from "../../src/cli/files/progress.ts";
import type { Terminal } from "../../src/cli/files/terminal.ts";

/** A terminal, and what came to it. */
export interface RecordedTerminal {
  /** What a command is given. */
  readonly terminal: Terminal;
  /** The lines on standard error. */
  readonly warnings: readonly string[];
  /** Standard output so far. */
  bytes(): Promise<Uint8Array>;
}

/** Makes one: what is not said of it is that of a pipe. */
export function recordedTerminal(options: Partial<Terminal> = {}): RecordedTerminal {
  const written: Uint8Array<ArrayBuffer>[] = [];
  const warnings: string[] = [];
  return {
    terminal: {
      isForTerminal: false,
      wantsColours: false,
      writeSync: (bytes) => written.push(bytes.slice()) && bytes.length,
      warn: (line) => void warnings.push(line),
      progress: () => noProgress,
      ...options,
    },
    warnings,
    bytes: () => new Blob(written).bytes(),
  };
}
