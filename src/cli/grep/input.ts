/**
 * What is named on the command line, opened: files, pipes, standard input, each of them packed with gzip or not.
 *
 * A file of any place may be named, whatever links lead there: it is the user's own right to read it that counts. What is packed is told by its first bytes.
 *
 * @module
 */
import fs from "node:fs";
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { type LogFile, type LogPath, LogReadError, systemErrorText } from "../../logs/log_file.ts";
import { streamedLog } from "./streamed_log.ts";

const GZIP = [0x1f, 0x8b];
const CHUNK_BYTES = 256 * 1024;

/** Something to be searched. */
export interface Input extends Disposable {
  /** Its bytes. */
  readonly file: LogFile;
  /** Whether it can be read from its end; else it can only be read forward, once. */
  readonly canSeek: boolean;
}

/** A file cannot be opened or read: the message says which one. */
export class InputError extends Error {
  /** The class, as an error log shows it. */
  override readonly name = "InputError";
}

/** What can be set. */
export interface InputOptions {
  /** Told how many bytes were read, as they are in the file. */
  readonly onRead?: ((bytes: number) => void) | undefined;
}

/**
 * Opens a path, or standard input for `-`.
 *
 * @throws {InputError}
 */
export async function openInput(name: string, options: InputOptions = {}): Promise<Input> {
  const { onRead = () => {} } = options;
  if (name === "-") {
    return await streamed("standard input", { read: readStandardInput, close: () => {}, onRead });
  }
  const descriptor = await open(name);
  let isOpen = true;
  const close = (): void => {
    if (isOpen) fs.closeSync(descriptor);
    isOpen = false;
  };
  try {
    const stat = fs.fstatSync(descriptor);
    if (stat.isDirectory()) throw new InputError(`Cannot read ${name}: Is a directory`);
    const read: ReadNext = (into) => readAt(descriptor, into, null);
    if (!stat.isFile()) return await streamed(name, { read, close, onRead });
    const first = new Uint8Array(GZIP.length);
    await readAt(descriptor, first, 0);
    if (isPacked(first)) return await streamed(name, { read, close, onRead });
    return seekable(name, { descriptor, close, onRead });
  } catch (error) {
    close();
    throw error;
  }
}

async function open(name: string): Promise<number> {
  try {
    return await new Promise((resolve, reject) => {
      fs.open(name, "r", (error, descriptor) => error ? reject(error) : resolve(descriptor));
    });
  } catch (error) {
    throw new InputError(`Cannot open ${name}: ${reasonOf(error)}`, { cause: error });
  }
}

function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  return error instanceof Deno.errors.NotCapable || code === undefined ? String(message) : systemErrorText(code);
}

function readAt(descriptor: number, into: Uint8Array, position: number | null): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.read(descriptor, into, 0, into.length, position, (error, read) => error ? reject(error) : resolve(read));
  });
}

/** A file that is read by position. */
function seekable(
  name: string,
  source: { readonly descriptor: number; readonly close: () => void; readonly onRead: (bytes: number) => void },
): Input {
  const { descriptor, close, onRead } = source;
  const file: LogFile = {
    path: name as LogPath,
    size: () => fs.fstatSync(descriptor).size,
    read: async (into, position): Promise<number> => {
      let filled = 0;
      while (filled < into.length) {
        const read = await readAt(descriptor, filled === 0 ? into : into.subarray(filled), position + filled)
          .catch((error) => {
            throw new LogReadError(`Cannot read ${name}: ${reasonOf(error)}`, { cause: error });
          });
        if (read === 0) break;
        filled += read;
      }
      onRead(filled);
      return filled;
    },
    [Symbol.dispose]: close,
  };
  return { file, canSeek: true, [Symbol.dispose]: close };
}

/** Reads what comes next; 0 at the end. */
type ReadNext = (into: Uint8Array) => Promise<number>;

async function readStandardInput(into: Uint8Array): Promise<number> {
  return await Deno.stdin.read(into) ?? 0;
}

/** What is read from its beginning to its end, unpacked where it is packed. */
async function streamed(
  name: string,
  source: { readonly read: ReadNext; readonly close: () => void; readonly onRead: (bytes: number) => void },
): Promise<Input> {
  const { read, close, onRead } = source;
  async function* chunks(): AsyncGenerator<Uint8Array, undefined> {
    try {
      while (true) {
        const chunk = new Uint8Array(CHUNK_BYTES);
        const count = await read(chunk).catch((error) => {
          throw new LogReadError(`Cannot read ${name}: ${reasonOf(error)}`, { cause: error });
        });
        if (count === 0) return;
        onRead(count);
        yield chunk.subarray(0, count);
      }
    } finally {
      // Not before: a read that is under way is waited for.
      close();
    }
  }
  const { first, all } = await peeked(chunks());
  const bytes = isPacked(first) ? unpacked(name, all) : all;
  const end = (): void => void bytes.return(undefined);
  const file = streamedLog({ name, next: async () => (await bytes.next()).value, close: end });
  return { file, canSeek: false, [Symbol.dispose]: end };
}

function isPacked(first: Uint8Array): boolean {
  return GZIP.every((byte, at) => first[at] === byte);
}

/** The first bytes, as many as it takes to tell what they are, and all of them. */
async function peeked(
  chunks: AsyncGenerator<Uint8Array, undefined>,
): Promise<{ readonly first: Uint8Array; readonly all: AsyncGenerator<Uint8Array, undefined> }> {
  const seen: Uint8Array[] = [];
  let first = new Uint8Array();
  while (first.length < GZIP.length) {
    const { value } = await chunks.next();
    if (value === undefined) break;
    seen.push(value);
    first = Uint8Array.from([...first, ...value.subarray(0, GZIP.length)]);
  }
  async function* all(): AsyncGenerator<Uint8Array, undefined> {
    yield* seen;
    yield* chunks;
  }
  return { first, all: all() };
}

/** What gzip has packed, one member after the other. */
async function* unpacked(name: string, packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, undefined> {
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  // What goes wrong is told to whoever reads.
  pipeline(Readable.from(packed), gunzip, () => {});
  try {
    for await (const chunk of gunzip) yield chunk;
  } catch (error) {
    if (error instanceof LogReadError) throw error;
    throw new LogReadError(`Cannot unpack ${name}: ${(error as Error).message}`, { cause: error });
  }
}
