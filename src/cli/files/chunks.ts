/**
 * Chunks: bytes that arrive in order, such as those of a pipe or of a gzip decoder.
 *
 * @module
 */
import { type LogFile, LogReadError } from "../../logs/log_file.ts";
import { type FileStart, startOf, startOfAll } from "./file_start.ts";

const CHUNK_BYTES = 256 * 1024;
/** Bytes of content that are decoded at once. */
const PIECE_BYTES = 128 * 1024;

/** A sequence of chunks. */
export interface Chunks {
  /** Resolves to the next chunk, or `undefined` at the end. The next call may overwrite it. */
  next(): Promise<Uint8Array | undefined>;
  /** Closes the source as soon as no read is under way. */
  stop(): void;
}

/** A source of bytes. */
export interface ChunksOptions {
  /** Reads the next bytes; resolves to 0 at the end. */
  readonly read: (into: Uint8Array) => Promise<number>;
  /** Called once, after the last read. */
  readonly close: () => void;
  /** Called with the number of bytes read. */
  readonly onRead: (bytes: number) => void;
}

/** Reads a source in chunks. */
export function createChunks(options: ChunksOptions): Chunks {
  const { read, close, onRead } = options;
  const buffer = new Uint8Array(CHUNK_BYTES);
  let isReading = false;
  let hasStopped = false;
  const stop = (): void => {
    if (!hasStopped && !isReading) close();
    hasStopped = true;
  };
  return {
    next: async (): Promise<Uint8Array | undefined> => {
      if (hasStopped) return undefined;
      let count = 0;
      try {
        isReading = true;
        count = await read(buffer);
      } finally {
        isReading = false;
        if (count === 0 || hasStopped) {
          hasStopped = true;
          close();
        }
      }
      if (hasStopped) return undefined;
      onRead(count);
      return buffer.subarray(0, count);
    },
    stop,
  };
}

/** Detects the format from as few first bytes as possible; resolves to it and to all chunks, those bytes included. */
export async function peekStart(chunks: Chunks): Promise<{ readonly start: FileStart; readonly all: Chunks }> {
  let first = new Uint8Array();
  let start = startOf(first);
  while (start.kind === "unclear") {
    const more = await chunks.next();
    if (more === undefined) {
      start = startOfAll(first);
      break;
    }
    first = first.length === 0 ? more.slice() : Uint8Array.from([...first, ...more]);
    start = startOf(first);
  }
  let isGiven = first.length === 0;
  const next = (): Promise<Uint8Array | undefined> => {
    if (isGiven) return chunks.next();
    isGiven = true;
    return Promise.resolve(first);
  };
  return { start, all: { next, stop: chunks.stop } };
}

/** Decodes all members of a gzipped file, which it owns. Fails after the last sound byte. */
export async function inflated(name: string, file: LogFile): Promise<Chunks> {
  // Loaded where it is needed: most files are not gzipped.
  const { gzipPieces } = await import("../../logs/gzip_decoder.ts");
  const pieces = gzipPieces(file, { pieceBytes: PIECE_BYTES });
  let bytes = 0;
  let hasStopped = false;
  const stop = (): void => {
    if (hasStopped) return;
    hasStopped = true;
    const close = (): void => file[Symbol.dispose]();
    pieces.return("whole").then(close, close);
  };
  return {
    next: async (): Promise<Uint8Array | undefined> => {
      if (hasStopped) return undefined;
      const { done, value } = await pieces.next();
      if (!done) {
        bytes += value.length;
        return value;
      }
      stop();
      if (value === "whole") return undefined;
      throw new LogReadError(
        `Cannot decompress ${name} to its end: it is damaged or cut short; ${bytes} ${
          bytes === 1 ? "byte of its content comes" : "bytes of its content come"
        } before that`,
      );
    },
    stop,
  };
}

/** Converts text to UTF-8. */
export function decoded(chunks: Chunks, encoding: string): Chunks {
  const decoder = new TextDecoder(encoding);
  const encoder = new TextEncoder();
  let hasEnded = false;
  return {
    next: async (): Promise<Uint8Array | undefined> => {
      while (!hasEnded) {
        const chunk = await chunks.next();
        hasEnded = chunk === undefined;
        const text = encoder.encode(decoder.decode(chunk, { stream: !hasEnded }));
        if (text.length > 0) return text;
      }
      return undefined;
    },
    stop: chunks.stop,
  };
}

/** The number of NUL bytes at the start. */
export function holeBytes(bytes: Uint8Array): number {
  let at = 0;
  while (at < bytes.length && bytes[at] === 0) at++;
  return at;
}

/** Skips the first `count` bytes and the NUL bytes that follow them. */
export function behind(chunks: Chunks, count: number): Chunks {
  let left = count;
  let isInHole = true;
  return {
    next: async (): Promise<Uint8Array | undefined> => {
      while (true) {
        const chunk = await chunks.next();
        if (chunk === undefined || !isInHole) return chunk;
        const rest = chunk.subarray(left);
        left = Math.max(0, left - chunk.length);
        const text = rest.subarray(holeBytes(rest));
        if (text.length === 0) continue;
        isInHole = false;
        return text;
      }
    },
    stop: chunks.stop,
  };
}
