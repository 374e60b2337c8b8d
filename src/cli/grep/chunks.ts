/**
 * Bytes that can only be had one after the other, some at a time: as they are in a pipe, or as they come out of gzip.
 *
 * @module
 */
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { LogReadError } from "../../logs/log_file.ts";

const CHUNK_BYTES = 256 * 1024;

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

/** At least the first `count` bytes, fewer only where there are no more; and the same bytes again, with all that comes behind them. */
export async function peek(
  chunks: Chunks,
  count: number,
): Promise<{ readonly first: Uint8Array; readonly all: Chunks }> {
  let first = new Uint8Array();
  while (first.length < count) {
    const more = await chunks.next();
    if (more === undefined) break;
    first = Uint8Array.from([...first, ...more]);
  }
  let isGiven = first.length === 0;
  const next = (): Promise<Uint8Array | undefined> => {
    if (isGiven) return chunks.next();
    isGiven = true;
    return Promise.resolve(first);
  };
  return { first, all: { next, stop: chunks.stop } };
}

/** What gzip has packed, one member after the other. */
export function unpacked(name: string, packed: Chunks): Chunks {
  async function* copies(): AsyncGenerator<Uint8Array> {
    for (let chunk = await packed.next(); chunk !== undefined; chunk = await packed.next()) yield chunk.slice();
  }
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  // What goes wrong is told to whoever reads.
  pipeline(Readable.from(copies()), gunzip, () => {});
  const chunks: AsyncIterator<Uint8Array, undefined> = gunzip[Symbol.asyncIterator]();
  return {
    next: async (): Promise<Uint8Array | undefined> => {
      try {
        return (await chunks.next()).value;
      } catch (error) {
        if (error instanceof LogReadError) throw error;
        throw new LogReadError(`Cannot unpack ${name}: ${(error as Error).message}`, { cause: error });
      }
    },
    stop: (): void => {
      gunzip.destroy();
      packed.stop();
    },
  };
}
