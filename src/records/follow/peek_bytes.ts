/**
 * A few bytes of an open file, read at once and compared.
 *
 * All calls share one buffer: what {@linkcode peekRest} returns holds until the next call.
 *
 * @module
 */
import type { OpenLogFile } from "../../logs/log_file.ts";

/** Bytes that take less time to be read at once than to be asked for in another thread. */
const MAX_BYTES = 64 * 1024;

const buffer = new Uint8Array(MAX_BYTES);

/**
 * The bytes from `position` on, as many as there are: a copy, which takes a third of the memory of what was read
 * into.
 */
export function bytesAt(file: OpenLogFile, position: number, length: number): Uint8Array {
  return length === 0 ? new Uint8Array() : buffer.slice(0, file.peek(buffer.subarray(0, length), position));
}

/** All bytes from `position` to the end of the file, or undefined where they do not fit the shared buffer. */
export function peekRest(file: OpenLogFile, position: number): Uint8Array | undefined {
  const read = file.peek(buffer, position);
  return read < buffer.length ? buffer.subarray(0, read) : undefined;
}

/** Reports whether the file holds these bytes at `position`. */
export function holdsAt(file: OpenLogFile, position: number, bytes: Uint8Array): boolean {
  const { length } = bytes;
  return length === 0 || (file.peek(buffer.subarray(0, length), position) === length && startsWith(buffer, bytes));
}

/** Reports whether `bytes` begins with `start`. */
export function startsWith(bytes: Uint8Array, start: Uint8Array): boolean {
  for (let at = 0; at < start.length; at++) if (bytes[at] !== start[at]) return false;
  return true;
}
