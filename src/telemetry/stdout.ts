/**
 * The way to stdout for log lines: at once and in order, so that the last words of a process are seen. Writing never throws:
 * when nobody reads stdout any more the agent goes on, and each lost line is told to `onLost`.
 * @module
 */

/** Where lines go. */
export interface StdoutOptions {
  /** Called for each line that could not be written. */
  readonly onLost?: (error: unknown) => void;
  /** Takes some of the bytes and says how many. @default stdout's */
  readonly writeSync?: (bytes: Uint8Array) => number;
}

/** A `write` for {@link createLogger}. */
export function stdoutWriter(
  options: StdoutOptions = {},
): (line: string) => void {
  const { onLost, writeSync = (bytes) => Deno.stdout.writeSync(bytes) } = options;
  const encoder = new TextEncoder();
  return (line) => {
    let left = encoder.encode(line);
    try {
      while (left.length > 0) {
        const written = writeSync(left);
        if (written === 0) {
          throw new Deno.errors.WriteZero(
            "Cannot write to stdout: it takes nothing",
          );
        }
        left = left.subarray(written);
      }
    } catch (error) {
      onLost?.(error);
    }
  };
}
