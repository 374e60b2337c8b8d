/**
 * What a scout does: reads a part of a log and names the lines in it that a plan asks for.
 *
 * Runs in a thread of its own, where a read keeps nobody waiting: so it reads and scans on the same processor, a piece that stays in its cache at a time, which
 * takes half the processor time of reading on one and scanning on another. Decides nothing: what it finds are candidates, whole lines as they stand in the file.
 *
 * @module
 */
import fs from "node:fs";
import { kernel } from "../kernel/kernel.ts";

/** How much is read at a time: with the lines that were found, it fits into the cache of one processor. */
const READ_BYTES = 256 * 1024;
/** A line that is longer is not carried: the scan reads it, and has its own way with it. */
const MAX_LINE_BYTES = 64 * 1024;
/** What is carried at most: where more is found, handing lines over costs more than finding them. */
const MAX_FOUND_BYTES = 256 * 1024;
const MAX_FOUND_LINES = 4096;
const LINE_FEED = 0x0a;

/** A part of a log to look at. */
export interface ScoutTask {
  /** The log's resolved path. */
  readonly path: string;
  /** Which file that must lead to: device and inode. */
  readonly id: string;
  /** What to look for: a plan for the kernel. */
  readonly plan: Uint8Array;
  /** Lines that begin at this byte of the file or later … */
  readonly from: number;
  /** … and before this one. */
  readonly to: number;
}

/** The lines that were found, in the order of the file. */
export interface Found {
  /** Where the first line begins that was looked at. */
  readonly from: number;
  /** Where the first one begins that was not. */
  readonly upTo: number;
  /** Whether that is the end of the part: else a line is too long, too many were found, or the file ends. */
  readonly isAll: boolean;
  /** The lines, each with its line feed. */
  readonly lines: Uint8Array<ArrayBuffer>;
  /** Where each of them ends in there. */
  readonly ends: Uint32Array<ArrayBuffer>;
  /** Where each of them begins in the file. */
  readonly offsets: Float64Array<ArrayBuffer>;
}

/** Looks at parts of logs. */
export interface Scout extends Disposable {
  /** The lines that the task asks for; undefined where the log cannot be read, or no line begins where one should. */
  look(task: ScoutTask): Found | undefined;
}

/** A scout; it keeps the last log open. Sizes can be set for tests. */
export function createScout(
  options: { readonly readBytes?: number; readonly maxFoundBytes?: number } = {},
): Scout {
  const { readBytes = READ_BYTES, maxFoundBytes = MAX_FOUND_BYTES } = options;
  const block = kernel.blocks[0] ?? 0;
  const bytes = kernel.memory.subarray(block, block + readBytes);
  const lines = new Uint8Array(maxFoundBytes);
  const ends = new Uint32Array(MAX_FOUND_LINES);
  const offsets = new Float64Array(MAX_FOUND_LINES);
  let log: { readonly id: string; readonly descriptor: number } | undefined;
  let count = 0;
  let used = 0;

  function close(): void {
    if (log !== undefined) fs.closeSync(log.descriptor);
    log = undefined;
  }

  /** Opens the log, unless its path leads to another file by now. */
  function open({ path, id }: ScoutTask): number | undefined {
    if (log?.id === id) return log.descriptor;
    close();
    const descriptor = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    const { dev, ino } = fs.fstatSync(descriptor, { bigint: true });
    if (`${dev}:${ino}` !== id) return void fs.closeSync(descriptor);
    log = { id, descriptor };
    return descriptor;
  }

  /** Where the first line begins at or after a byte of the file. */
  function lineFrom(descriptor: number, position: number): number | undefined {
    if (position === 0) return 0;
    const read = fs.readSync(descriptor, bytes, 0, Math.min(MAX_LINE_BYTES, bytes.length), position - 1);
    const feed = bytes.subarray(0, read).indexOf(LINE_FEED);
    return feed < 0 ? undefined : position + feed;
  }

  /** Where the last whole line ends that begins in the first `limit` of the `read` bytes. */
  function endOfLines(read: number, limit: number): number {
    if (read < limit) return bytes.subarray(0, read).lastIndexOf(LINE_FEED) + 1;
    if (bytes[limit - 1] === LINE_FEED) return limit;
    const feed = bytes.subarray(0, read).indexOf(LINE_FEED, limit);
    return 1 + (feed < 0 ? bytes.subarray(0, limit).lastIndexOf(LINE_FEED) : feed);
  }

  /** Keeps the lines in the first `length` bytes that the plan asks for; returns the bytes done with. */
  function keepLines(length: number, offset: number): number {
    const end = block + length;
    for (let at = block; at < end; at = kernel.scannedTo()) {
      const named = kernel.scanLines(at, end);
      for (let line = 0; line < named; line++) {
        const start = kernel.lineStart(line);
        const size = kernel.lineEnd(line) + 1 - start;
        if (size > MAX_LINE_BYTES || used + size > lines.length || count === MAX_FOUND_LINES) return start - block;
        lines.set(kernel.memory.subarray(start, start + size), used);
        used += size;
        ends[count] = used;
        offsets[count++] = offset + start - block;
      }
    }
    return length;
  }

  function look(task: ScoutTask): Found | undefined {
    const descriptor = open(task);
    if (descriptor === undefined) return undefined;
    const from = lineFrom(descriptor, task.from);
    if (from === undefined) return undefined;
    kernel.setPlan(task.plan);
    count = 0;
    used = 0;
    let upTo = from;
    while (upTo < task.to) {
      const read = fs.readSync(descriptor, bytes, 0, bytes.length, upTo);
      const length = endOfLines(read, task.to - upTo);
      const done = keepLines(length, upTo);
      upTo += done;
      if (length === 0 || done < length) break;
    }
    return {
      from,
      upTo,
      isAll: upTo >= task.to,
      lines: lines.slice(0, used),
      ends: ends.slice(0, count),
      offsets: offsets.slice(0, count),
    };
  }

  return {
    look: (task) => {
      try {
        return look(task);
      } catch (error) {
        close();
        // Whoever scans the log meets the same, and tells it.
        if ((error as { code?: string }).code !== undefined || error instanceof Deno.errors.NotCapable) return undefined;
        throw error;
      }
    },
    [Symbol.dispose]: close,
  };
}
