/**
 * A log that is read as it was when it was opened: where it was cut since, reading fails, so that newer content is never taken for what was there before.
 *
 * Sees a cut to nothing, also when the file has grown again, by its first bytes, and a cut to less by the end that comes too soon. Costs at most one small
 * read for each block.
 *
 * @module
 */
import { LogReadError, type OpenLogFile } from "./log_file.ts";
import { type LogOpening, openingOf } from "./log_opening.ts";

/** Bytes that are compared: they hold the time of the first line. */
const COMPARED_BYTES = 256;
/** So few bytes are read at once: their first ones tell of all. */
const AT_ONCE_BYTES = 64 * 1024;
const compared = new Uint8Array(COMPARED_BYTES);

/** The log was cut while it was read. */
export class LogCutError extends LogReadError {
  /** The class, as an error log shows it. */
  override readonly name = "LogCutError";
  /** How many bytes of it were not read. */
  readonly lostBytes: number;
  /** How many bytes it had. */
  readonly size: number;

  /** Says how much of how much is lost. */
  constructor({ lostBytes, size }: { readonly lostBytes: number; readonly size: number }) {
    super(`Cannot read the rest of the log: it was cut, ${lostBytes} of ${size} bytes were not read`);
    this.lostBytes = lostBytes;
    this.size = size;
  }
}

/** An open log that is checked as it is read. */
export interface UncutLog extends OpenLogFile {
  /** Whether it is read from its start to its end. */
  readonly isForward: boolean;
  /** How it began when it was opened. */
  readonly opening: LogOpening;
  /**
   * Checks that bytes from `position` on are those that the log had when it was opened; `read` is how many of them there were.
   *
   * @throws {LogCutError}
   */
  verify(position: number, options: { readonly bytes: Uint8Array; readonly read: number }): void;
  /** Notes that what lies before a position (backward: behind it) is done with. */
  noteReached(position: number): void;
  /** The position that was noted last. */
  reached(): number;
}

/** The log with checks; closing it closes the file. */
export function uncutLog(file: OpenLogFile, options: { readonly direction: "forward" | "backward" }): UncutLog {
  const isForward = options.direction === "forward";
  const opening = openingOf(file);
  const head = opening.head.subarray(0, COMPARED_BYTES);
  /** As far as it is known: a log is asked for its size when it is read. */
  let size = opening.head.length;
  let reached = isForward ? 0 : Infinity;

  function cutError(): LogCutError {
    return new LogCutError({ lostBytes: isForward ? Math.max(0, size - reached) : Math.min(size, reached), size });
  }

  function throwUnless(isIntact: boolean): void {
    if (!isIntact) throw cutError();
  }

  function verify(position: number, { bytes, read }: { readonly bytes: Uint8Array; readonly read: number }): void {
    throwUnless(read === bytes.length || position + read >= size);
    if (head.length === 0) return;
    if (position === 0 && bytes.length >= head.length && bytes.length <= AT_ONCE_BYTES) {
      return throwUnless(read >= head.length && beginsWith(bytes, head));
    }
    const now = compared.subarray(0, head.length);
    throwUnless(file.peek(now, 0) === head.length && beginsWith(now, head));
  }

  return {
    path: file.path,
    id: file.id,
    isForward,
    opening,
    state: file.state,
    peek: file.peek,
    size: () => {
      const known = file.size();
      throwUnless(known >= size);
      return size = known;
    },
    read: async (into, position) => {
      const read = await file.read(into, position);
      verify(position, { bytes: into, read });
      return read;
    },
    verify,
    noteReached: (position) => void (reached = position),
    reached: () => reached,
    [Symbol.dispose]: () => file[Symbol.dispose](),
  };
}

function beginsWith(bytes: Uint8Array, head: Uint8Array): boolean {
  for (let at = 0; at < head.length; at++) if (bytes[at] !== head[at]) return false;
  return true;
}
