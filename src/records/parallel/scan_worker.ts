/**
 * What a scan worker does: it reads a part of a log and finds the lines in it that a plan asks for.
 *
 * Runs in a thread of its own, where a read keeps nobody waiting. It reads and scans on the same processor, a piece
 * that stays in its cache at a time: half the processor time of reading on one and scanning on another. Decides
 * nothing: the lines that it finds are candidates, whole lines as they are in the file.
 *
 * Imports nothing of `node:`: that would take a third of the time in which a thread starts.
 *
 * @module
 */
import { kernel } from "../../kernel/kernel.ts";
import { fileId } from "../../logs/file_id.ts";
import { endOfLines } from "../scan/whole_lines.ts";
import { LogWindow } from "./_log_window.ts";
import type { ResultBuffer } from "./result_buffer.ts";

/** How much is read at a time: with the lines that were found, it fits into the cache of one processor. */
const READ_BYTES = 256 * 1024;
/** A longer line is not handed over: the scan reads it by itself. */
const MAX_LINE_BYTES = 64 * 1024;
/** A part of a log to scan. */
export interface ScanTask {
  /** The log's resolved path. */
  readonly path: string;
  /** Which file that must lead to: device and inode. */
  readonly id: string;
  /** The lines that are wanted: a plan for the kernel. */
  readonly plan: Uint8Array;
  /** What they must hold beside. */
  readonly required: Uint8Array;
  /** Lines that begin at this byte of the file or later … */
  readonly from: number;
  /** … and before this one. */
  readonly to: number;
}

/** The lines that were found, in the order of the file: as much of a buffer as they take. */
export interface Found extends ResultBuffer {
  /** Where the first line begins that was scanned. */
  readonly from: number;
  /** Where the first one begins that was not. */
  readonly upTo: number;
  /** Whether that is the end of the part: else a line is too long, too many were found, or the file ends. */
  readonly isAll: boolean;
  /** How many lines were tried, whether they were wanted or not. */
  readonly tried: number;
}

/** Scans parts of logs. */
export interface ScanWorker extends Disposable {
  /**
   * Puts the lines that the task asks for into a buffer; undefined where the log cannot be read, or no line begins
   * where one should.
   */
  scan(task: ScanTask, buffer: ResultBuffer): Found | undefined;
}

/** Returns a scan worker, which keeps the last log open. Sizes can be set for tests. */
export function createScanWorker({ readBytes = READ_BYTES }: { readonly readBytes?: number } = {}): ScanWorker {
  return new FileScanWorker(readBytes);
}

class FileScanWorker implements ScanWorker {
  readonly #readBytes: number;
  #log: { readonly id: string; readonly file: Deno.FsFile } | undefined;
  /** How many lines were found of the current task … */
  #count = 0;
  /** … and how many bytes they have. */
  #used = 0;
  /** … and how many lines were tried. */
  #tried = 0;

  constructor(readBytes: number) {
    this.#readBytes = readBytes;
  }

  scan(task: ScanTask, buffer: ResultBuffer): Found | undefined {
    try {
      return this.#scan(task, buffer);
    } catch (error) {
      this[Symbol.dispose]();
      // The scan that reads the log by itself meets the same error, and reports it.
      if ((error as { code?: string }).code !== undefined || error instanceof Deno.errors.NotCapable) return undefined;
      throw error;
    }
  }

  [Symbol.dispose](): void {
    this.#log?.file.close();
    this.#log = undefined;
  }

  #scan(task: ScanTask, buffer: ResultBuffer): Found | undefined {
    const file = this.#open(task);
    if (file === undefined) return undefined;
    kernel.setPlan(task.plan, task.required);
    this.#count = 0;
    this.#used = 0;
    this.#tried = 0;
    // The line feed before the first line is needed, too.
    const before = Math.max(0, task.from - 1);
    const window = new LogWindow(file, {
      from: before,
      readBytes: this.#readBytes,
      maxLineBytes: MAX_LINE_BYTES,
    });
    if (task.from === 0) window.readOn();
    else if (!window.skipLine(before)) return undefined;
    const from = window.offsetOf(window.start);
    while (window.offsetOf(window.start) < task.to) {
      const whole = this.#scanWindow(window, task, buffer);
      if (window.start < whole || window.offsetOf(window.start) >= task.to || !window.readOn()) break;
    }
    const upTo = window.offsetOf(window.start);
    return {
      from,
      upTo,
      isAll: upTo >= task.to,
      tried: this.#tried,
      lines: buffer.lines.subarray(0, this.#used),
      ends: buffer.ends.subarray(0, this.#count),
      offsets: buffer.offsets.subarray(0, this.#count),
    };
  }

  /** Opens the log, unless its path leads to another file by now. */
  #open({ path, id }: ScanTask): Deno.FsFile | undefined {
    if (this.#log?.id === id) return this.#log.file;
    this[Symbol.dispose]();
    // Asked for before as well: what is no file, like a pipe, might never open.
    if (fileId(Deno.statSync(path)) !== id) return undefined;
    const file = Deno.openSync(path);
    this.#log = { id, file };
    if (fileId(file.statSync()) === id) return file;
    this[Symbol.dispose]();
    return undefined;
  }

  /**
   * Scans the whole lines of a window, and moves its start behind those that are done; returns the end of the whole
   * lines.
   */
  #scanWindow(window: LogWindow, task: ScanTask, buffer: ResultBuffer): number {
    const { start, end } = window;
    const limit = window.addressOf(task.to) - start;
    const read = kernel.memory.subarray(start, end);
    const whole = start + endOfLines(read, end - start, { limit, lastLine: "left" });
    window.start = this.#keepLines(buffer, { start, end: whole, offset: window.offsetOf(0) });
    return whole;
  }

  /**
   * Keeps the lines in [start, end) that the plan asks for; returns the address up to which that is done. `offset` is
   * that of address 0 in the file.
   */
  #keepLines(
    { lines, ends, offsets }: ResultBuffer,
    { start, end, offset }: { readonly start: number; readonly end: number; readonly offset: number },
  ): number {
    for (let at = start; at < end; at = kernel.scannedTo()) {
      const named = kernel.scanLines(at, end);
      this.#tried += kernel.linesTried();
      for (let line = 0; line < named; line++) {
        const from = kernel.lineStart(line);
        const size = kernel.lineEnd(line) + 1 - from;
        if (size > MAX_LINE_BYTES || this.#used + size > lines.length || this.#count === ends.length) return from;
        lines.set(kernel.memory.subarray(from, from + size), this.#used);
        this.#used += size;
        ends[this.#count] = this.#used;
        offsets[this.#count++] = offset + from;
      }
    }
    return end;
  }
}
