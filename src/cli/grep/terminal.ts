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
