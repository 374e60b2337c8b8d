/**
 * What a command knows of the terminal, and how it speaks to it.
 *
 * @module
 */
import { createProgress, noProgress, type Progress } from "./progress.ts";

/** Where results and complaints go. */
export interface Terminal {
  /** Whether results are read on a terminal. */
  readonly isForTerminal: boolean;
  /** Whether colours are wanted where nothing else is said. */
  readonly wantsColours: boolean;
  /**
   * Takes some bytes of results and says how many.
   *
   * @throws {Deno.errors.BrokenPipe} when nobody reads them any more
   * @throws {Deno.errors.WouldBlock} when it takes none right now
   */
  writeSync(bytes: Uint8Array): number;
  /** Says a line on standard error. */
  complain(line: string): void;
  /** A bar on standard error, where that is a terminal. */
  progress(total: number | undefined): Progress;
}

/** The process's own. */
export function processTerminal(): Terminal {
  const isForTerminal = Deno.stdout.isTerminal();
  return {
    isForTerminal,
    wantsColours: isForTerminal && !Deno.noColor,
    writeSync: (bytes) => Deno.stdout.writeSync(bytes),
    complain: (line) => say(`${line}\n`),
    progress: (total) => Deno.stderr.isTerminal() ? createProgress({ total, write: say }) : noProgress,
  };
}

function say(text: string): void {
  try {
    Deno.stderr.writeSync(new TextEncoder().encode(text));
  } catch (error) {
    // Whoever has closed standard error does not want to know; the exit code tells.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}
