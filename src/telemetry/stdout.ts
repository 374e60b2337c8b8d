/**
 * The way to stdout for log lines: at once and in order, so that the last words of a process are seen. Writing never
 * throws: when nobody reads stdout any more the agent goes on, and each lost line is reported to `onLost`. A full pipe
 * that does not block loses whole lines; the rest of one that was begun is kept and written before the next.
 * @module
 */
import { type ByteWriter, processStdout } from "./process_output.ts";

/** Where lines go. */
export interface StdoutOptions {
  /** Called for each line that could not be written. */
  readonly onLost?: (error: unknown) => void;
  /** Takes the bytes. @default standard output */
  readonly out?: ByteWriter;
}

/** A `write` for {@link createLogger}. */
export function stdoutWriter(
  options: StdoutOptions = {},
): (line: string) => void {
  const { onLost, out = processStdout() } = options;
  const isMidway = (): boolean => out.isMidway?.() ?? false;
  const encoder = new TextEncoder();
  /** What is left of a line that was begun. */
  let rest: Uint8Array = new Uint8Array();

  /** Writes as much as is taken; returns what is left. Throws where nothing of it was begun. */
  function write(bytes: Uint8Array, options: { readonly isBegun: boolean }): Uint8Array {
    let { isBegun } = options;
    for (let left = bytes; left.length > 0;) {
      try {
        const written = out.writeSync(left);
        if (written === 0) throw new Deno.errors.WriteZero("Cannot write to stdout: it takes nothing");
        left = left.subarray(written);
        isBegun = true;
      } catch (error) {
        if (error instanceof Deno.errors.WouldBlock && (isBegun || isMidway())) return left;
        throw error;
      }
    }
    return new Uint8Array();
  }

  return (line) => {
    try {
      const begun = rest;
      rest = new Uint8Array();
      rest = write(begun, { isBegun: true });
      if (rest.length > 0) throw new Deno.errors.WouldBlock("Cannot write to stdout: it is full");
      rest = write(encoder.encode(line), { isBegun: false });
    } catch (error) {
      onLost?.(error);
    }
  };
}
