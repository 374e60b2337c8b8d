/**
 * What a command knows of the terminal, and how it speaks to it.
 *
 * @module
 */
import { processStdout } from "../../telemetry/process_output.ts";
import { complain } from "../../telemetry/write_whole.ts";
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
   * @throws {Deno.errors.WouldBlock} when it takes none right now; the next call is to begin with the same bytes
   */
  writeSync(bytes: Uint8Array): number;
  /** Says a line on standard error. */
  warn(line: string): void;
  /** A bar on standard error, where that is a terminal. */
  progress(total: number | undefined): Progress;
}

/** The process's own. */
export function processTerminal(): Terminal {
  const isForTerminal = Deno.stdout.isTerminal();
  return {
    isForTerminal,
    wantsColours: isForTerminal && !Deno.noColor,
    writeSync: processStdout().writeSync,
    warn: (line) => complain(`${line}\n`),
    progress: (total) => Deno.stderr.isTerminal() ? createProgress({ total, write: complain }) : noProgress,
  };
}
