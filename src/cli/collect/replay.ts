/**
 * `cluster-collector --replay`: recorded traces in, the same lines with our events out.
 *
 * @module
 */
import { createReplay, TraceError } from "../../collector/replay.ts";
import type { CollectCommand } from "./collect_flags.ts";

/** Traces cannot be read. */
export class ReplayError extends Error {
  /** The class, as an error log shows it. */
  override readonly name = "ReplayError";
}

/** Where traces come from and lines go. */
export interface ReplayOptions extends Pick<CollectCommand, "traces" | "parity"> {
  /** Takes whole lines. */
  readonly print: (lines: string) => void;
}

/**
 * Reads the file, or standard input, line by line; an empty line stays one.
 *
 * @throws {ReplayError} for what cannot be opened or read, and for a line that is no step, after the lines before it
 */
export async function replay({ traces, parity, print }: ReplayOptions): Promise<void> {
  const run = createReplay({ parity });
  const name = traces === "-" ? "standard input" : traces;
  let number = 0;
  for await (const lines of linesOf(traces, name)) {
    let out = "";
    try {
      for (const line of lines) {
        number++;
        out += line.trim() === "" ? `${line}\n` : `${run(line)}\n`;
      }
    } catch (error) {
      if (!(error instanceof TraceError)) throw error;
      throw new ReplayError(`Cannot run ${name}, line ${number}: ${error.message}`, { cause: error });
    } finally {
      print(out);
    }
  }
}

/** Some whole lines at a time. */
async function* linesOf(traces: string, name: string): AsyncGenerator<readonly string[]> {
  let begun = "";
  try {
    const bytes = traces === "-" ? Deno.stdin.readable : (await Deno.open(traces)).readable;
    for await (const text of bytes.pipeThrough(new TextDecoderStream())) {
      const lines = (begun + text).split("\n");
      begun = lines.pop() ?? "";
      if (lines.length > 0) yield lines;
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/ \(os error .*/, "") : String(error);
    throw new ReplayError(`Cannot read ${name}: ${reason}`, { cause: error });
  }
  if (begun !== "") yield [begun];
}
