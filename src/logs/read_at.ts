/**
 * Reading an open file by position, in another thread.
 *
 * @module
 */
import fs from "node:fs";
import { createReadLimiter } from "../scheduling/read_limiter.ts";

/** Reads of fewer bytes do not wait for the read limiter. */
const LARGE_BYTES = 256 * 1024;
/** One processor is for the thread that answers; on a large machine, two reads are enough to give it work. */
const MAX_READS = Math.min(Math.max(navigator.hardwareConcurrency - 1, 1), 2);
/** Longer than it takes to copy the largest read. */
const SLOW_MS = 10;

const limitRead = createReadLimiter({ max: MAX_READS, slowMs: SLOW_MS });

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

/**
 * Reads bytes of an open file from `position` on, or with `null` those that come next; resolves to how many: at least
 * one, unless it ends there.
 */
export function readAt(descriptor: number, into: Uint8Array, position: number | null): Promise<number> {
  const read = (): Promise<number> =>
    new Promise((resolve, reject) => {
      fs.read(descriptor, into, 0, into.length, position, (error, count) => error ? reject(error) : resolve(count));
    });
  return into.length < LARGE_BYTES ? read() : limitRead(read);
}
