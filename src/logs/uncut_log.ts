/**
 * A log whose reads fail once it has been truncated, so that newer content is never taken for older content.
 *
 * Changed first bytes show a truncation to nothing, even if the file has grown again; an early end shows a truncation
 * to less. The check costs at most one small read for each block.
 *
 * @module
 */
import { LogReadError, type OpenLogFile } from "./log_file.ts";
import { type LogOpening, openingOf } from "./log_opening.ts";

/** How many first bytes are compared: they hold the time of the first line. */
const COMPARED_BYTES = 256;
/** Up to this size a read is one copy, so its own first bytes suffice. */
const AT_ONCE_BYTES = 64 * 1024;
/** The system reads a file's first page as a whole. It was read when the log was opened, so that it is in memory. */
const PAGE_BYTES = 4 * 1024;
const compared = new Uint8Array(COMPARED_BYTES);

/** The log was truncated while it was read. */
export class LogCutError extends LogReadError {
  /** The class, as an error log shows it. */
  override readonly name = "LogCutError";
  /** How many of its bytes were not read. */
  readonly lostBytes: number;
  /** How many bytes it had. */
  readonly size: number;

  /** Reports how many bytes are lost. */
  constructor({ lostBytes, size }: { readonly lostBytes: number; readonly size: number }) {
    super(`Cannot read the rest of the log: it was cut, ${lostBytes} of ${size} bytes were not read`);
    this.lostBytes = lostBytes;
    this.size = size;
  }
}

/** An open log whose reads are checked. */
export interface UncutLog extends OpenLogFile {
  /** The log without the checks. */
  readonly file: OpenLogFile;
  /** Whether it is read forward. */
  readonly isForward: boolean;
  /** Its first bytes when it was opened. */
  readonly opening: LogOpening;
  /**
   * Checks that the `read` bytes from `position` on belong to the content that the log had when it was opened.
   *
   * @throws {LogCutError}
   */
  verify(position: number, options: { readonly bytes: Uint8Array; readonly read: number }): void;
  /** Records that all content before a position (backward: after it) has been read. */
  noteReached(position: number): void;
  /** The position that was recorded last. */
  reached(): number;
}

/** Wraps a log with checks; closing it closes the file. */
export function uncutLog(file: OpenLogFile, options: { readonly direction: "forward" | "backward" }): UncutLog {
  const isForward = options.direction === "forward";
  const opening = openingOf(file);
  const head = opening.head.subarray(0, COMPARED_BYTES);
  /** The size when it was last asked for. */
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
    file,
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
    read: async (into, position, options) => {
      const isInFirstPage = position + into.length <= PAGE_BYTES;
      const read = isInFirstPage ? file.peek(into, position) : await file.read(into, position, options);
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
