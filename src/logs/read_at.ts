/**
 * Reading an open file by position, in another thread.
 *
 * @module
 */
import fs from "node:fs";

/** Reads bytes of an open file from `position` on, or with `null` those that come next; resolves to how many: at least one, unless it ends there. */
export function readAt(descriptor: number, into: Uint8Array, position: number | null): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.read(descriptor, into, 0, into.length, position, (error, read) => error ? reject(error) : resolve(read));
  });
}
