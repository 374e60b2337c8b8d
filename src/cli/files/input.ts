/**
 * Opens the inputs of the command line: files, pipes and standard input, plain or gzipped.
 *
 * Any path may be named, also by way of links: the user's own rights apply. The first bytes show the compression and
 * the encoding. An input in an unsupported format is refused, and the error names the format. A byte order mark and
 * NUL bytes at the start are not part of the text: a writer leaves NUL bytes when it continues at its offset after a
 * truncation.
 *
 * @module
 */
import fs from "node:fs";
import { type LogFile, LogReadError } from "../../logs/log_file.ts";
import { readAt } from "../../logs/read_at.ts";
import {
  behind,
  type Chunks,
  type ChunksOptions,
  createChunks,
  decoded,
  holeBytes,
  inflated,
  peekStart,
} from "./chunks.ts";
import { type FileStart, START_BYTES, startOfAll, startText } from "./file_start.ts";
import { isFile } from "./is_file.ts";
import { readFailure } from "./read_failure.ts";
import { seekableLog } from "./seekable_log.ts";
import { type StreamedLog, streamedLog } from "./streamed_log.ts";

/** Bytes of a hole that are read at once. */
const HOLE_READ_BYTES = 1024 * 1024;
/** The bytes of a gzipped pipe that are kept: more than the decoder reads at once. */
const GZIP_WINDOW_BYTES = 64 * 1024;

/** An input to search. */
export interface Input extends Disposable {
  /** Its bytes. */
  readonly file: LogFile;
  /** Whether it can be read at any position; if not, it is read forward, once. */
  readonly canSeek: boolean;
  /** The error that ended the input early, if any; to be called when all its bytes have been processed. */
  readonly failure: () => Error | undefined;
}

/** An input cannot be opened or read; the message names it. */
export class InputError extends Error {
  /** The class, as an error log shows it. */
  override readonly name = "InputError";
}

/** Settings. */
export interface InputOptions {
  /** Called with the number of bytes read, as they are in the file. */
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
    const read = (into: Uint8Array): Promise<number> => readAt(descriptor, into, { position: null });
    if (!stat.isFile()) return await streamed(name, { read, close, onRead });
    const first = new Uint8Array(START_BYTES);
    const start = startOfAll(first.subarray(0, fs.readSync(descriptor, first, 0, first.length, 0)));
    const file = seekableLog({ name, descriptor, close, onRead: () => {} });
    if (start.kind === "gzip") return await gunzipped(name, counted(file, onRead));
    if (start.kind !== "text") return await inputOf(name, start, createChunks({ read, close, onRead }));
    const from = await endOfHole(file, start.skip);
    onRead(from);
    return {
      file: seekableLog({ name, descriptor, close, onRead, from }),
      canSeek: true,
      failure: () => undefined,
      [Symbol.dispose]: close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

/** Finds the offset after the NUL bytes that begin at `from`. */
async function endOfHole(file: LogFile, from: number): Promise<number> {
  let bytes = new Uint8Array(1);
  for (let offset = from;;) {
    const read = await file.read(bytes, offset);
    const hole = holeBytes(bytes.subarray(0, read));
    offset += hole;
    if (hole < read || read === 0) return offset;
    if (bytes.length === 1) bytes = new Uint8Array(HOLE_READ_BYTES);
  }
}

/** Wraps a file so that it reports how far it was read; bytes that are read again do not count. */
function counted(file: LogFile, onRead: (bytes: number) => void): LogFile {
  let furthest = 0;
  return {
    ...file,
    read: async (into, position, options): Promise<number> => {
      const read = await file.read(into, position, options);
      if (position + read > furthest) onRead(position + read - furthest);
      furthest = Math.max(furthest, position + read);
      return read;
    },
  };
}

/**
 * Opens a path. A file is opened at once, which costs less than the hand-over to another thread; what may wait for a
 * writer is opened in another one.
 */
async function open(name: string): Promise<number> {
  try {
    // Should a FIFO have taken the file's place, it is not waited for either.
    if (isFile(name)) return fs.openSync(name, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    return await new Promise((resolve, reject) => {
      fs.open(name, "r", (error, descriptor) => error ? reject(error) : resolve(descriptor));
    });
  } catch (error) {
    throw new InputError(`Cannot open ${name}: ${readFailure(error)}`, { cause: error });
  }
}

async function readStandardInput(into: Uint8Array): Promise<number> {
  return await Deno.stdin.read(into) ?? 0;
}

/** Opens an input that is read from start to end, and decodes it if it is gzipped. */
async function streamed(name: string, source: ChunksOptions): Promise<Input> {
  const read = (into: Uint8Array): Promise<number> =>
    source.read(into).catch((error) => {
      throw new LogReadError(`Cannot read ${name}: ${readFailure(error)}`, { cause: error });
    });
  const { start, all } = await peekStart(createChunks({ ...source, read }));
  return await inputOf(name, start, all);
}

/** Opens an input with this start. */
async function inputOf(name: string, start: FileStart, chunks: Chunks): Promise<Input> {
  if (start.kind !== "gzip") return textInput(name, start, chunks);
  // The decoder waits through a pause: a short read would be the end of the file.
  const onPause = (): () => void => () => {};
  const options = { name, next: chunks.next, close: chunks.stop, windowBytes: GZIP_WINDOW_BYTES, onPause };
  return await gunzipped(name, streamedLog(options));
}

/** Opens the content of a gzipped file. It is decoded once only: some files decode to themselves. */
async function gunzipped(name: string, file: LogFile): Promise<Input> {
  const { start, all } = await peekStart(await inflated(name, file));
  if (start.kind !== "gzip") return textInput(name, start, all);
  all.stop();
  throw new InputError(`Cannot read ${name}: it is gzipped twice, and only one layer is decompressed`);
}

function textInput(name: string, start: Exclude<FileStart, { kind: "gzip" }>, chunks: Chunks): Input {
  const text = textOf(name, start, chunks);
  const file: StreamedLog = streamedLog({ name, next: text.next, close: text.stop });
  return { file, canSeek: false, failure: file.failure, [Symbol.dispose]: text.stop };
}

/** Converts an input with this start to UTF-8. */
function textOf(name: string, start: Exclude<FileStart, { kind: "gzip" }>, chunks: Chunks): Chunks {
  switch (start.kind) {
    case "encoded":
      return behind(decoded(chunks, start.encoding), 0);
    case "compressed":
      chunks.stop();
      throw new InputError(
        `Cannot read ${name}: it is ${
          startText(start)
        }, and only gzip is decompressed here; ${start.program} decompresses it`,
      );
    case "text":
      return behind(chunks, start.skip);
    case "unclear":
      return chunks;
  }
}
