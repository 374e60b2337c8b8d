/**
 * Bytes on their way out: put together here, written in few and big writes.
 *
 * Positional arguments and a plain object: these functions are called several times for each record.
 *
 * @module
 */
import { setTimeout } from "node:timers/promises";

/** Bytes that were put and not written yet: the first `length` of `bytes`. */
export interface Output {
  /** Room, grown when it does not suffice. */
  bytes: Uint8Array;
  /** How much of it is taken. */
  length: number;
}

/** The room that an output begins with, and goes back to after something big. */
const BUFFER_BYTES = 1024 * 1024;
/** How long one that takes nothing right now is left alone. */
const RETRY_MS = 5;
/** Writes that have taken so long make a pause, so that a signal is heard. */
const SLOW_MS = 50;

const encoder = new TextEncoder();

/** What was put cannot be written. */
export class OutputError extends Error {
  /** The class, as an error log shows it. */
  override readonly name = "OutputError";
}

/** An empty output. */
export function createOutput(): Output {
  return { bytes: new Uint8Array(BUFFER_BYTES), length: 0 };
}

/** Makes room for `count` more bytes. */
export function reserve(out: Output, count: number): void {
  const needed = out.length + count;
  if (needed <= out.bytes.length) return;
  const bytes = new Uint8Array(Math.max(needed, out.bytes.length * 2));
  bytes.set(out.bytes.subarray(0, out.length));
  out.bytes = bytes;
}

/** Puts one byte. */
export function putByte(out: Output, byte: number): void {
  reserve(out, 1);
  out.bytes[out.length++] = byte;
}

/** Up to so many bytes, one by one is faster than by a view. */
const FEW_BYTES = 96;

/** Puts `source[start, end)`. */
export function putBytes(out: Output, source: Uint8Array, start: number, end: number): void {
  const count = end - start;
  reserve(out, count);
  const { bytes, length } = out;
  if (count > FEW_BYTES) {
    bytes.set(source.subarray(start, end), length);
  } else {
    for (let at = 0; at < count; at++) bytes[length + at] = source[start + at] as number;
  }
  out.length = length + count;
}

/** Puts a text. */
export function putText(out: Output, text: string): void {
  const bytes = encoder.encode(text);
  putBytes(out, bytes, 0, bytes.length);
}

/** Takes all that was put away, as a copy. */
export function takeAll(out: Output): Uint8Array {
  const taken = out.bytes.slice(0, out.length);
  out.length = 0;
  return taken;
}

/** Where an output's bytes go. */
export interface WriteOptions {
  /** Takes some of the bytes and says how many; throws `WouldBlock` when it takes none right now. */
  readonly writeSync: (bytes: Uint8Array) => number;
  /** Waits until more may be taken. @default {5 ms} */
  readonly wait?: (() => Promise<unknown>) | undefined;
  /** A clock in milliseconds. @default {performance.now} */
  readonly now?: (() => number) | undefined;
}

/**
 * Writes all that was put.
 *
 * @throws {Deno.errors.BrokenPipe} when nobody reads any more
 * @throws {OutputError} when it fails in another way
 */
export async function writeOut(out: Output, options: WriteOptions): Promise<void> {
  const { writeSync, wait = () => setTimeout(RETRY_MS), now = () => performance.now() } = options;
  let since = now();
  for (let written = 0; written < out.length;) {
    const count = tryWrite(out.bytes.subarray(written, out.length), writeSync);
    if (count === 0) throw new OutputError("Cannot write: nothing is taken");
    if (count !== undefined) written += count;
    const isSlow = now() - since > SLOW_MS;
    if (count === undefined || isSlow) {
      await wait();
      since = now();
    }
  }
  out.length = 0;
  if (out.bytes.length > BUFFER_BYTES * 2) out.bytes = new Uint8Array(BUFFER_BYTES);
}

/** How many bytes were taken; `undefined` where a pipe that does not block is full. */
function tryWrite(bytes: Uint8Array, writeSync: (bytes: Uint8Array) => number): number | undefined {
  try {
    return writeSync(bytes);
  } catch (error) {
    if (error instanceof Deno.errors.WouldBlock) return undefined;
    if (error instanceof Deno.errors.BrokenPipe) throw error;
    throw new OutputError(`Cannot write: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}
