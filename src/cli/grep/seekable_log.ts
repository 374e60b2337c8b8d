/**
 * A file that is read by position, as a log.
 *
 * Reads for one reader who waits for nothing else: what is small is read at once; what is big is read by two, this thread and one of the platform's, so that
 * handing a read over, which takes as long as copying a third of a mebibyte, is not waited for.
 *
 * @module
 */
import fs from "node:fs";
import { type LogFile, type LogPath, LogReadError, systemErrorText } from "../../logs/log_file.ts";

/** Reads of less are not shared. */
const SHARED_BYTES = 256 * 1024;
/** How much of a shared read the other thread does. */
const OTHERS_SHARE = 0.7;
const PAGE_BYTES = 4096;

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

  function failed(error: unknown): LogReadError {
    return new LogReadError(`Cannot read ${name}: ${systemErrorText((error as { code?: string }).code)}`, {
      cause: error,
    });
  }

  function fillNow(into: Uint8Array, position: number): number {
    let filled = 0;
    while (filled < into.length) {
      const read = fs.readSync(descriptor, into, filled, into.length - filled, position + filled);
      if (read === 0) break;
      filled += read;
    }
    return filled;
  }

  async function fillElsewhere(into: Uint8Array, position: number): Promise<number> {
    let filled = 0;
    while (filled < into.length) {
      const read = await readElsewhere(descriptor, into.subarray(filled), position + filled);
      if (read === 0) break;
      filled += read;
    }
    return filled;
  }

  async function fillShared(into: Uint8Array, position: number): Promise<number> {
    const cut = Math.floor(into.length * OTHERS_SHARE / PAGE_BYTES) * PAGE_BYTES;
    const elsewhere = fillElsewhere(into.subarray(0, cut), position);
    let rest = 0;
    try {
      rest = fillNow(into.subarray(cut), position + cut);
    } finally {
      // Nothing may be read into any more when this ends.
      await Promise.allSettled([elsewhere]);
    }
    const first = await elsewhere;
    return first < cut ? first : first + rest;
  }

  async function read(into: Uint8Array, position: number): Promise<number> {
    try {
      const filled = await (into.length < SHARED_BYTES ? fillNow(into, position) : fillShared(into, position));
      onRead(filled);
      return filled;
    } catch (error) {
      throw failed(error);
    }
  }

  return { path: name as LogPath, size: () => fs.fstatSync(descriptor).size, read, [Symbol.dispose]: close };
}

function readElsewhere(descriptor: number, into: Uint8Array, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.read(
      descriptor,
      into,
      0,
      into.length,
      position,
      (error, read) => error === null ? resolve(read) : reject(error),
    );
  });
}
