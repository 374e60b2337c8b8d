/**
 * The text of a small file, whose size is checked before it is read.
 *
 * @module
 */

import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";

/** The limits of {@linkcode readFileText}. */
export interface FileTextOptions {
  /** The longest file, in bytes. */
  readonly maxBytes: number;
  /**
   * Refuses a device or FIFO, and never waits for one: for files that are read while the program serves others.
   * @default {false}
   */
  readonly onlyRegular?: boolean;
}

/**
 * Returns the text of a file.
 *
 * @throws {FileTooLargeError} when it is longer than `maxBytes`; of a file that does not say how long it is, as a
 * device, no more than that is read
 * @throws {NotRegularFileError} when it is none and has to be
 */
export async function readFileText(path: string, options: FileTextOptions): Promise<string> {
  if (!options.onlyRegular) {
    using file = await Deno.open(path);
    return await textOf(file, { size: (await file.stat()).size, ...options });
  }
  // Tells a file that is missing or may not be read in the words of every other message, and does not open a FIFO.
  if (!(await Deno.stat(path)).isFile) throw new NotRegularFileError("it is not a regular file");
  // A FIFO may have taken its place by now.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw new NotRegularFileError("it is not a regular file");
    return await textOf(readable(file), { size: stat.size, ...options });
  } finally {
    await file.close();
  }
}

/** What bytes are read from: how many came, or null at the end. */
interface Readable {
  read(into: Uint8Array): Promise<number | null>;
}

function readable(file: FileHandle): Readable {
  return {
    read: async (into) => (await file.read(into, 0, into.length, null)).bytesRead || null,
  };
}

async function textOf(file: Readable, { size, maxBytes }: FileTextOptions & { size: number }): Promise<string> {
  if (size > maxBytes) throw new FileTooLargeError(`it has ${size} bytes, at most ${maxBytes} are allowed`);
  let bytes = new Uint8Array(size + 1);
  let length = 0;
  for (;;) {
    const count = await file.read(bytes.subarray(length));
    if (count === null) return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.subarray(0, length));
    length += count;
    if (length > maxBytes) throw new FileTooLargeError(`it has more than ${maxBytes} bytes`);
    // It has grown, or does not say how long it is.
    if (length === bytes.length) {
      const larger = new Uint8Array(Math.min(2 * length + 4_096, maxBytes + 1));
      larger.set(bytes);
      bytes = larger;
    }
  }
}

/** A file is longer than may be read. */
export class FileTooLargeError extends Error {
  /** The class, as an error log shows it. */
  override readonly name = "FileTooLargeError";
}

/** A file that has to be a regular one is a folder, a device or a FIFO. */
export class NotRegularFileError extends Error {
  /** The class, as an error log shows it. */
  override readonly name = "NotRegularFileError";
}
