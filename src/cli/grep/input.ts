/**
 * What is named on the command line, opened: files, pipes, standard input, each of them packed with gzip or not.
 *
 * A file of any place may be named, whatever links lead there: it is the user's own right to read it that counts. What is packed is told by its first bytes.
 *
 * @module
 */
import fs from "node:fs";
import { type LogFile, LogReadError, systemErrorText } from "../../logs/log_file.ts";
import { readAt } from "../../logs/read_at.ts";
import { type ChunksOptions, createChunks, peek, unpacked } from "./chunks.ts";
import { seekableLog } from "./seekable_log.ts";
import { streamedLog } from "./streamed_log.ts";

const GZIP = [0x1f, 0x8b];

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
    const read = (into: Uint8Array): Promise<number> => readAt(descriptor, into, null);
    if (!stat.isFile()) return await streamed(name, { read, close, onRead });
    const first = new Uint8Array(GZIP.length);
    await readAt(descriptor, first, 0);
    if (isPacked(first)) return await streamed(name, { read, close, onRead });
    const file = seekableLog({ name, descriptor, close, onRead });
    return { file, canSeek: true, [Symbol.dispose]: close };
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

async function readStandardInput(into: Uint8Array): Promise<number> {
  return await Deno.stdin.read(into) ?? 0;
}

/** What is read from its beginning to its end, unpacked where it is packed. */
async function streamed(name: string, source: ChunksOptions): Promise<Input> {
  const read = (into: Uint8Array): Promise<number> =>
    source.read(into).catch((error) => {
      throw new LogReadError(`Cannot read ${name}: ${reasonOf(error)}`, { cause: error });
    });
  const { first, all } = await peek(createChunks({ ...source, read }), GZIP.length);
  const chunks = isPacked(first) ? unpacked(name, all) : all;
  const file = streamedLog({ name, next: chunks.next, close: chunks.stop });
  return { file, canSeek: false, [Symbol.dispose]: chunks.stop };
}

function isPacked(first: Uint8Array): boolean {
  return GZIP.every((byte, at) => first[at] === byte);
}
