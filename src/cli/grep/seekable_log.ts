/**
 * A file that is read by position, as a log.
 *
 * Reads at once, in the one thread: nobody else waits for a turn, and handing a read to another thread costs more than it gains unless a second processor
 * has nothing to do. 1 GiB, a rare literal: 0.28 s of processor time like this, 0.35 s with reads in another thread.
 *
 * @module
 */
import fs from "node:fs";
import { type LogFile, type LogPath, LogReadError, systemErrorText } from "../../logs/log_file.ts";

/** What can be set. */
export interface SeekableLogOptions {
  /** The name, for errors. */
  readonly name: string;
  /** The open file. */
  readonly descriptor: number;
  /** Closes it. */
  readonly close: () => void;
  /** Told how many bytes were read. */
  readonly onRead: (bytes: number) => void;
}

/** An open file as a log. */
export function seekableLog(options: SeekableLogOptions): LogFile {
  const { name, descriptor, close, onRead } = options;

  function readOnce(into: Uint8Array, filled: number, position: number): number {
    try {
      return fs.readSync(descriptor, into, filled, into.length - filled, position);
    } catch (error) {
      throw new LogReadError(`Cannot read ${name}: ${systemErrorText((error as { code?: string }).code)}`, {
        cause: error,
      });
    }
  }

  function fill(into: Uint8Array, position: number): number {
    let filled = 0;
    while (filled < into.length) {
      const read = readOnce(into, filled, position + filled);
      if (read === 0) break;
      filled += read;
    }
    onRead(filled);
    return filled;
  }

  return {
    path: name as LogPath,
    size: () => fs.fstatSync(descriptor).size,
    read: (into, position) => Promise.try(fill, into, position),
    [Symbol.dispose]: close,
  };
}
