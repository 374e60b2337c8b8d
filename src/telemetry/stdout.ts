/**
 * The way to stdout for log lines. Writing never throws: when nobody reads stdout any more the agent goes on, and each
 * lost line is reported to `onLost`.
 *
 * Most lines are written at once and in order, so that the last words of a process are seen. That blocks the process
 * while a pipe is full. So lines of which there may be thousands a second go through a queue, which is written by
 * another thread; while it has lines, all others wait in it behind them. A line that it has no room for is lost.
 *
 * A full pipe that does not block loses whole lines; the rest of one that was begun is kept and written before the
 * next.
 * @module
 */
import { Buffer } from "node:buffer";
import { type ByteWriter, processStdout } from "./process_output.ts";

/** Where lines go. */
export interface StdoutOptions {
  /** Called for each line that could not be written. */
  readonly onLost?: (error: unknown) => void;
  /** Takes the bytes. @default standard output */
  readonly out?: ByteWriter;
  /** Takes bytes in another thread; resolves to how many. @default standard output */
  readonly writeLater?: (bytes: Uint8Array) => Promise<number>;
  /** Bytes of lines that may wait. @default 1 MiB */
  readonly maxQueuedBytes?: number;
}

/** Writes lines. */
export interface StdoutLines {
  /** Writes a line at once; behind the queue where that has lines. */
  write(line: string): void;
  /** Puts a line in the queue. */
  queue(line: string): void;
  /** Resolves when the queue is empty, at the latest after so many milliseconds. */
  flushed(options: { readonly withinMs: number }): Promise<void>;
}

const MAX_QUEUED_BYTES = 1024 * 1024;
/** What Linux takes whole in a pipe: lines of together so many bytes are written at once. */
const PIPE_BUF = 4096;
/** Lines that are written at once, at most. */
const MAX_LINES = 64;

const encoder = new TextEncoder();

/** Opens the way. */
export function stdoutLines(options: StdoutOptions = {}): StdoutLines {
  const { onLost, writeLater = (bytes) => Deno.stdout.write(bytes), maxQueuedBytes = MAX_QUEUED_BYTES } = options;
  const at = atOnce(options);
  let waiting: Uint8Array[] = [];
  let queuedBytes = 0;
  let writing: Promise<void> | undefined;

  /** As many of the lines as a pipe takes whole, and how many these are. */
  function nextPiece(lines: readonly Uint8Array[], from: number): { readonly bytes: Uint8Array; readonly to: number } {
    let length = 0;
    let to = from;
    for (const line of lines.slice(from, from + MAX_LINES)) {
      if (to > from && length + line.length > PIPE_BUF) break;
      length += line.length;
      to++;
    }
    return { bytes: Buffer.concat(lines.slice(from, to)), to };
  }

  async function writeAll(): Promise<void> {
    while (waiting.length > 0) {
      const lines = waiting;
      waiting = [];
      for (let from = 0; from < lines.length;) {
        const { bytes, to } = nextPiece(lines, from);
        try {
          for (let left = bytes; left.length > 0;) {
            const written = await writeLater(left);
            if (written === 0) throw new Deno.errors.WriteZero("Cannot write to stdout: it takes nothing");
            left = left.subarray(written);
          }
        } catch (error) {
          for (let line = from; line < to; line++) onLost?.(error);
        }
        queuedBytes -= bytes.length;
        from = to;
      }
    }
    writing = undefined;
  }

  function queue(line: string): void {
    // The rest of a line comes before the next.
    if (at.hasRest()) return at.write(line);
    const bytes = encoder.encode(line);
    if (queuedBytes + bytes.length > maxQueuedBytes) {
      onLost?.(new RangeError(`Cannot write to stdout: more than ${maxQueuedBytes} bytes wait`));
      return;
    }
    waiting.push(bytes);
    queuedBytes += bytes.length;
    writing ??= writeAll();
  }

  return {
    write: (line) => writing === undefined ? at.write(line) : queue(line),
    queue,
    flushed: async ({ withinMs }) => {
      const late = Promise.withResolvers<void>();
      const timer = setTimeout(late.resolve, withinMs);
      await Promise.race([writing, late.promise]);
      clearTimeout(timer);
    },
  };
}

/** A `write` for {@link createLogger}: that of {@link stdoutLines}, without a queue. */
export function stdoutWriter(options: StdoutOptions = {}): (line: string) => void {
  return atOnce(options).write;
}

function atOnce(
  { onLost, out = processStdout() }: StdoutOptions,
): { write(line: string): void; hasRest(): boolean } {
  const isMidway = (): boolean => out.isMidway?.() ?? false;
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

  return {
    hasRest: () => rest.length > 0,
    write: (line) => {
      try {
        const begun = rest;
        rest = new Uint8Array();
        rest = write(begun, { isBegun: true });
        if (rest.length > 0) throw new Deno.errors.WouldBlock("Cannot write to stdout: it is full");
        rest = write(encoder.encode(line), { isBegun: false });
      } catch (error) {
        onLost?.(error);
      }
    },
  };
}
