/**
 * The terminal, or the pipe, that a command writes to.
 *
 * @module
 */
import { processStdout } from "../../telemetry/process_output.ts";
import { writeError } from "../../telemetry/write_whole.ts";
import { createProgress, noProgress, type Progress } from "./progress.ts";

/** Where results and errors go. */
export interface Terminal {
  /** Whether results are read on a terminal. */
  readonly isForTerminal: boolean;
  /** Whether output has colours unless a flag decides. */
  readonly wantsColours: boolean;
  /**
   * Takes some bytes of results and says how many.
   *
   * @throws {Deno.errors.BrokenPipe} when nobody reads them any more
   * @throws {Deno.errors.WouldBlock} when it takes none right now; the next call is to begin with the same bytes
   */
  writeSync(bytes: Uint8Array): number;
  /** Writes a line to standard error. */
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
    warn: (line) => writeError(`${line}\n`),
    progress: (total) => Deno.stderr.isTerminal() ? createProgress({ total, write: writeError }) : noProgress,
  };
}
