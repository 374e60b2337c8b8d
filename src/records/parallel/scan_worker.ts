/**
 * What a scout does: reads a part of a log and names the lines in it that a plan asks for.
 *
 * Runs in a thread of its own, where a read keeps nobody waiting: so it reads and scans on the same processor, a piece that stays in its cache at a time, which
 * takes half the processor time of reading on one and scanning on another. Decides nothing: what it finds are candidates, whole lines as they stand in the file.
 *
 * @module
 */
import fs from "node:fs";
import { kernel } from "../../kernel/kernel.ts";
import { fileId } from "../../logs/log_file.ts";
import { endOfLines } from "../scan/whole_lines.ts";

/** How much is read at a time: with the lines that were found, it fits into the cache of one processor. */
const READ_BYTES = 256 * 1024;
/** A line that is longer is not carried: the scan reads it, and has its own way with it. */
const MAX_LINE_BYTES = 64 * 1024;
/** What is carried at most: where more is found, handing lines over costs more than finding them. */
const RESULT_BYTES = 256 * 1024;
const RESULT_LINES = 4096;
/** Whole pages of the system's cache are copied a tenth faster than what lies across them. */
const PAGE_BYTES = 4096;
const LINE_FEED = 0x0a;

/** A part of a log to look at. */
export interface ScanTask {
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

/** Where a scout puts what it finds: memory that both threads see, used again for each task, so that nothing is left for either to clear away. */
export interface ResultBuffer {
  /** For the lines, each with its line feed. */
  readonly lines: Uint8Array;
  /** For where each of them ends in there. */
  readonly ends: Uint32Array;
  /** For where each of them begins in the file. */
  readonly offsets: Float64Array;
}

/** A place for lines of so many bytes in all. */
export function createResultBuffer(bytes: number = RESULT_BYTES): ResultBuffer {
  return {
    lines: new Uint8Array(new SharedArrayBuffer(bytes)),
    ends: new Uint32Array(new SharedArrayBuffer(RESULT_LINES * Uint32Array.BYTES_PER_ELEMENT)),
    offsets: new Float64Array(new SharedArrayBuffer(RESULT_LINES * Float64Array.BYTES_PER_ELEMENT)),
  };
}

/** The lines that were found, in the order of the file: as much of a place as they take. */
export interface Found extends ResultBuffer {
  /** Where the first line begins that was looked at. */
  readonly from: number;
  /** Where the first one begins that was not. */
  readonly upTo: number;
  /** Whether that is the end of the part: else a line is too long, too many were found, or the file ends. */
  readonly isAll: boolean;
}

/** Looks at parts of logs. */
export interface ScanWorker extends Disposable {
  /** Puts the lines that the task asks for to a place; undefined where the log cannot be read, or no line begins where one should. */
  scan(task: ScanTask, buffer: ResultBuffer): Found | undefined;
}

/** A scout; it keeps the last log open. Sizes can be set for tests. */
export function createScanWorker({ readBytes = READ_BYTES }: { readonly readBytes?: number } = {}): ScanWorker {
  const { memory } = kernel;
  /** Where is read to: behind room for the begun line that was read before. */
  const into = (kernel.blocks[0] ?? 0) + MAX_LINE_BYTES;
  let log: { readonly id: string; readonly descriptor: number } | undefined;
  let count = 0;
  let used = 0;

  function close(): void {
    if (log !== undefined) fs.closeSync(log.descriptor);
    log = undefined;
  }

  /** Opens the log, unless its path leads to another file by now. */
  function open({ path, id }: ScanTask): number | undefined {
    if (log?.id === id) return log.descriptor;
    close();
    const descriptor = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    log = { id, descriptor };
    if (fileId(fs.fstatSync(descriptor, { bigint: true })) === id) return descriptor;
    close();
    return undefined;
  }

  /** Keeps the lines in [start, end) that the plan asks for; returns the address up to which that is done. `offset` is that of address 0 in the file. */
  function keepLines(
    { lines, ends, offsets }: ResultBuffer,
    range: { start: number; end: number; offset: number },
  ): number {
    const { start, end, offset } = range;
    for (let at = start; at < end; at = kernel.scannedTo()) {
      const named = kernel.scanLines(at, end);
      for (let line = 0; line < named; line++) {
        const from = kernel.lineStart(line);
        const size = kernel.lineEnd(line) + 1 - from;
        if (size > MAX_LINE_BYTES || used + size > lines.length || count === ends.length) return from;
        lines.set(memory.subarray(from, from + size), used);
        used += size;
        ends[count] = used;
        offsets[count++] = offset + from;
      }
    }
    return end;
  }

  function look(task: ScanTask, buffer: ResultBuffer): Found | undefined {
    const descriptor = open(task);
    if (descriptor === undefined) return undefined;
    kernel.setPlan(task.plan);
    count = 0;
    used = 0;
    // The line feed before the first line is looked for, too.
    const before = Math.max(0, task.from - 1);
    let position = before - before % PAGE_BYTES;
    // What was read and is not done with: [start, end) in memory, up to `position` in the file.
    let start = into;
    let end = into;
    const offsetOf = (address: number): number => position - end + address;
    const addressOf = (offset: number): number => offset - position + end;

    /** Reads on; what is left goes before it. False where that is too much, or the file ends. */
    const readOn = (): boolean => {
      const rest = end - start;
      if (rest > MAX_LINE_BYTES) return false;
      memory.copyWithin(into - rest, start, end);
      const read = fs.readSync(descriptor, memory, into, readBytes, position);
      start = into - rest;
      end = into + read;
      position += read;
      return read > 0;
    };

    if (task.from === 0) readOn();
    else {
      const lineFeed = (): number => memory.subarray(0, end).indexOf(LINE_FEED, Math.max(start, addressOf(before)));
      while (lineFeed() < 0) {
        start = end;
        if (offsetOf(end) > before + MAX_LINE_BYTES || !readOn()) return undefined;
      }
      start = lineFeed() + 1;
    }
    const from = offsetOf(start);
    while (offsetOf(start) < task.to) {
      const limit = addressOf(task.to) - start;
      const whole = start + endOfLines(memory.subarray(start, end), end - start, { limit, lastLine: "left" });
      start = keepLines(buffer, { start, end: whole, offset: offsetOf(0) });
      if (start < whole || offsetOf(start) >= task.to || !readOn()) break;
    }
    const upTo = offsetOf(start);
    return {
      from,
      upTo,
      isAll: upTo >= task.to,
      lines: buffer.lines.subarray(0, used),
      ends: buffer.ends.subarray(0, count),
      offsets: buffer.offsets.subarray(0, count),
    };
  }

  return {
    scan: (task, buffer) => {
      try {
        return look(task, buffer);
      } catch (error) {
        close();
        // Whoever scans the log meets the same, and tells it.
        if ((error as { code?: string }).code !== undefined || error instanceof Deno.errors.NotCapable) {
          return undefined;
        }
        throw error;
      }
    },
    [Symbol.dispose]: close,
  };
}
