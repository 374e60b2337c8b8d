/**
 * Bytes that can only be had one after the other, some at a time: as they are in a pipe, or as they come out of gzip.
 *
 * @module
 */
import { gzipPieces } from "../../logs/gzip_decoder.ts";
import { type LogFile, LogReadError } from "../../logs/log_file.ts";
import { type FileStart, startOf, startOfAll } from "./file_start.ts";

const CHUNK_BYTES = 256 * 1024;
/** Bytes of content that are decoded at once. */
const PIECE_BYTES = 128 * 1024;

/** What comes one after the other. */
export interface Chunks {
  /** The next bytes, or `undefined` at the end. They may be overwritten when the next ones are asked for. */
  next(): Promise<Uint8Array | undefined>;
  /** Lets go of where they come from, as soon as nothing is being read from there. */
  stop(): void;
}

/** Where bytes come from. */
export interface ChunksOptions {
  /** Reads what comes next; 0 at the end. */
  readonly read: (into: Uint8Array) => Promise<number>;
  /** Called once, when nothing is read any more. */
  readonly close: () => void;
  /** Told how many bytes were read. */
  readonly onRead: (bytes: number) => void;
}

/** Bytes as they are read. */
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

/**
 * What the first bytes tell, as few of them as that takes, and the same bytes again with all that comes behind them.
 */
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

/** What gzip has packed, one member after the other; owns the file. Fails behind the last byte that is sound. */
export function inflated(name: string, file: LogFile): Chunks {
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
        `Cannot unpack ${name} to its end: it is damaged or cut short; ${bytes} bytes of its content come before that`,
      );
    },
    stop,
  };
}

/** Text in UTF-8 that comes in another encoding. */
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

/** How many NUL bytes come first. */
export function holeBytes(bytes: Uint8Array): number {
  let at = 0;
  while (at < bytes.length && bytes[at] === 0) at++;
  return at;
}

/** All but the first bytes: `count` of them, and then as many as are NUL. */
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
