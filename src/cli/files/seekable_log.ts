/**
 * Reads a file by position, as a log.
 *
 * Large reads run in another thread while the bytes before them are searched. Small reads do not: the hand-over costs
 * more than it gains, as it does on one processor. 1 GiB, a rare literal, two processors: 0.27 s, instead of 0.31 s.
 *
 * @module
 */
import fs from "node:fs";
import { fileId } from "../../logs/file_id.ts";
import { type LogFile, type LogPath, LogReadError, systemErrorText } from "../../logs/log_file.ts";
import { readAt, readFully, type ReadOptions } from "../../logs/read_at.ts";

/** Settings. */
export interface SeekableLogOptions {
  /** The name, for errors. */
  readonly name: string;
  /** The open file. */
  readonly descriptor: number;
  /** Closes it. */
  readonly close: () => void;
  /** Called with the number of bytes read. */
  readonly onRead: (bytes: number) => void;
  /** The offset in the file at which the log begins. @default {0} */
  readonly from?: number;
  /** How many threads can work at once. @default {navigator.hardwareConcurrency} */
  readonly processors?: number;
}

/** Reads of at least so many bytes run in another thread. */
const LARGE_BYTES = 256 * 1024;

/** Reads some bytes of an open file, at least one unless it ends there. */
type ReadSome = (
  descriptor: number,
  into: Uint8Array,
  options: ReadOptions & { readonly position: number },
) => number | Promise<number>;

const readAtOnce: ReadSome = (descriptor, into, { position }) =>
  fs.readSync(descriptor, into, 0, into.length, position);

/** Creates a log of an open file. */
export function seekableLog(options: SeekableLogOptions): LogFile & { readonly id: string } {
  const { name, descriptor, close, onRead, from = 0, processors = navigator.hardwareConcurrency } = options;

  async function readPart(into: Uint8Array, position: number, { signal }: ReadOptions): Promise<number> {
    const readSome = processors > 1 && into.length >= LARGE_BYTES ? readAt : readAtOnce;
    try {
      return await readSome(descriptor, into, { position, signal });
    } catch (error) {
      signal?.throwIfAborted();
      throw new LogReadError(`Cannot read ${name}: ${systemErrorText((error as { code?: string }).code)}`, {
        cause: error,
      });
    }
  }

  async function read(into: Uint8Array, position: number, options: ReadOptions = {}): Promise<number> {
    const filled = await readFully(into, from + position, (part, at) => readPart(part, at, options));
    onRead(filled);
    return filled;
  }

  return {
    path: name as LogPath,
    id: fileId(fs.fstatSync(descriptor, { bigint: true })) + (from === 0 ? "" : ` from ${from}`),
    size: () => Math.max(0, fs.fstatSync(descriptor).size - from),
    read,
    [Symbol.dispose]: close,
  };
}
