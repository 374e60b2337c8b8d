/**
 * A compressed rotated log, read by position as if it were not.
 *
 * Reading on is decoding on; reading back within the last two mebibytes costs nothing, further back it is decoded again from the start. So memory is bounded
 * whatever the size and the direction. What a damaged file holds before the fault can be read; `isWhole` tells that it is not all.
 *
 * @module
 */
import { inflate } from "./inflate.ts";
import type { LogFile, LogPath } from "./log_file.ts";

/** The content of a compressed file. */
export interface GzipLog extends LogFile {
  /** Whether all of it can be read: neither damaged nor longer than the cap. */
  readonly isWhole: boolean;
}

/** What can be set. */
export interface GzipLogOptions {
  /** Ends the first pass; it rejects with the signal's reason. */
  readonly signal: AbortSignal;
  /** What is read of the content at most, in bytes: a few kilobytes can hold gigabytes. @default {1073741824} */
  readonly maxBytes?: number | undefined;
  /** What of the content is kept, in bytes. @default {2097152} */
  readonly windowBytes?: number;
}

/** Opens the content of a compressed file, which it owns from now on. Decodes it once, to know its size. */
export async function openGzipLog(file: LogFile, options: GzipLogOptions): Promise<GzipLog> {
  const { signal, maxBytes = 1024 * 1024 * 1024, windowBytes = 2 * 1024 * 1024 } = options;
  const { size, isWhole } = await measure(file, { signal, maxBytes });
  const window = new Uint8Array(Math.min(windowBytes, Math.max(1, size)));
  let kept = { from: 0, to: 0 };
  let pieces = inflate(file);
  let rest: Uint8Array = new Uint8Array();
  let reading: Promise<unknown> = Promise.resolve();

  /** Decodes some more into the window; whether there was more. */
  async function decode(): Promise<boolean> {
    if (rest.length === 0) {
      const next = await pieces.next();
      if (next.done) return false;
      rest = next.value;
    }
    const part = rest.subarray(0, window.length);
    rest = rest.subarray(part.length);
    const length = kept.to - kept.from;
    const dropped = Math.max(0, length + part.length - window.length);
    // Half a window at a time, so that bytes are not moved again and again.
    const moved = dropped === 0 ? 0 : Math.min(length, Math.max(dropped, window.length >> 1));
    window.copyWithin(0, moved, length);
    window.set(part, length - moved);
    kept = { from: kept.from + moved, to: kept.to + part.length };
    return true;
  }

  async function readNow(into: Uint8Array, position: number): Promise<number> {
    if (position < kept.from) {
      await pieces.return("damaged");
      pieces = inflate(file);
      rest = new Uint8Array();
      kept = { from: 0, to: 0 };
    }
    const end = Math.min(size, position + into.length);
    let at = position;
    while (at < end) {
      if (at < kept.to) {
        const part = window.subarray(at - kept.from, Math.min(end, kept.to) - kept.from);
        into.set(part, at - position);
        at += part.length;
      } else if (!(await decode())) break;
    }
    return Math.max(0, at - position);
  }

  return {
    path: file.path.replace(/\.gz$/, "") as LogPath,
    isWhole,
    size: () => size,
    read: (into, position) => {
      const read = reading.then(() => readNow(into, position));
      reading = read.catch(() => {});
      return read;
    },
    [Symbol.dispose]: () => {
      void pieces.return("damaged");
      file[Symbol.dispose]();
    },
  };
}

async function measure(
  file: LogFile,
  options: { readonly signal: AbortSignal; readonly maxBytes: number },
): Promise<{ size: number; isWhole: boolean }> {
  const { signal, maxBytes } = options;
  const pieces = inflate(file);
  let size = 0;
  try {
    while (true) {
      const next = await pieces.next();
      signal.throwIfAborted();
      if (next.done) return { size, isWhole: next.value === "whole" };
      size += next.value.length;
      if (size >= maxBytes) return { size: maxBytes, isWhole: false };
    }
  } finally {
    await pieces.return("damaged");
  }
}
