/**
 * Reading an open file by position, in another thread.
 *
 * @module
 */
import fs from "node:fs";
import { limits } from "../scheduling/limits.ts";
import { createReadLimiter } from "../scheduling/read_limiter.ts";

const limitRead = createReadLimiter({ maxReads: limits.maxLargeReads, slowMs: limits.slowReadMs });

/** How a read waits. */
export interface ReadOptions {
  /** Ends the wait of a large read that has not begun, with its reason. @default a read that was asked for is done */
  readonly signal?: AbortSignal | undefined;
}

/** Where a read begins. */
export interface ReadAtOptions extends ReadOptions {
  /** The first byte; `null` for those that come next. */
  readonly position: number | null;
}

const never = new AbortController().signal;

/**
 * Reads by `readSome`, which reads at least a byte unless the file ends there, from byte `position` on until `into` is
 * full or it ends; resolves to how many.
 */
export async function readFully(
  into: Uint8Array,
  position: number,
  readSome: (into: Uint8Array, position: number) => Promise<number>,
): Promise<number> {
  let filled = 0;
  while (filled < into.length) {
    const read = await readSome(into.subarray(filled), position + filled);
    if (read === 0) break;
    filled += read;
  }
  return filled;
}

/** Reads bytes of an open file; resolves to how many: at least one, unless it ends there. */
export function readAt(descriptor: number, into: Uint8Array, options: ReadAtOptions): Promise<number> {
  const { position, signal = never } = options;
  const read = (): Promise<number> =>
    new Promise((resolve, reject) => {
      fs.read(descriptor, into, 0, into.length, position, (error, count) => error ? reject(error) : resolve(count));
    });
  return into.length < limits.largeReadBytes ? read() : limitRead(read, { signal });
}
