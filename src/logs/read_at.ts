/**
 * Reading an open file by position, in another thread.
 *
 * @module
 */
import fs from "node:fs";
import { createReadTurns } from "./read_turns.ts";

/** Reads of fewer bytes do not wait for a turn. */
const LARGE_BYTES = 256 * 1024;
/** One processor is for the thread that answers; on a large machine, two reads are enough to give it work. */
const MOST_READS = Math.min(Math.max(navigator.hardwareConcurrency - 1, 1), 2);
/** Longer than it takes to copy the largest read. */
const SLOW_MS = 10;

const inTurn = createReadTurns({ most: MOST_READS, slowMs: SLOW_MS });

/** Reads bytes of an open file from `position` on, or with `null` those that come next; resolves to how many: at least one, unless it ends there. */
export function readAt(descriptor: number, into: Uint8Array, position: number | null): Promise<number> {
  const read = (): Promise<number> =>
    new Promise((resolve, reject) => {
      fs.read(descriptor, into, 0, into.length, position, (error, count) => error ? reject(error) : resolve(count));
    });
  return into.length < LARGE_BYTES ? read() : inTurn(read);
}
