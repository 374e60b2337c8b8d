/**
 * A window of a log in the kernel's memory that moves forward over the file, for a scan worker.
 *
 * @module
 */
import { kernel } from "../../kernel/kernel.ts";

/** Whole pages of the system's cache are copied a tenth faster than parts of them. */
const PAGE_BYTES = 4096;
const LINE_FEED = 0x0a;

const { memory } = kernel;

/** What can be set. */
export interface LogWindowOptions {
  /** The first byte of the file that is needed. */
  readonly from: number;
  /** How much is read at a time, in bytes. */
  readonly readBytes: number;
  /** The longest line that fits, in bytes. */
  readonly maxLineBytes: number;
}

/** Bytes [start, end) of the kernel's memory that were read from a file, of which it moves the position. */
export class LogWindow {
  /** The address of the first byte that is still needed. The owner moves it. */
  start: number;
  /** The end of what was read. */
  end: number;
  readonly #file: Deno.FsFile;
  readonly #readBytes: number;
  readonly #maxLineBytes: number;
  /** Where each read goes: behind room for the unfinished line of the read before. */
  readonly #into: number;
  /** The file offset of `end`. */
  #position: number;

  /** A window without bytes. */
  constructor(file: Deno.FsFile, { from, readBytes, maxLineBytes }: LogWindowOptions) {
    this.#file = file;
    this.#readBytes = readBytes;
    this.#maxLineBytes = maxLineBytes;
    this.#into = (kernel.blocks[0] ?? 0) + maxLineBytes;
    this.#position = from - from % PAGE_BYTES;
    this.start = this.#into;
    this.end = this.#into;
    file.seekSync(this.#position, Deno.SeekMode.Start);
  }

  /** Returns the file offset of an address. */
  offsetOf(address: number): number {
    return this.#position - this.end + address;
  }

  /** Returns the address of a file offset. */
  addressOf(offset: number): number {
    return offset - this.#position + this.end;
  }

  /**
   * Reads on, and keeps the bytes that are still needed before the new ones. Returns false where these are too many, or
   * the file ends.
   */
  readOn(): boolean {
    const rest = this.end - this.start;
    if (rest > this.#maxLineBytes) return false;
    memory.copyWithin(this.#into - rest, this.start, this.end);
    const read = this.#file.readSync(memory.subarray(this.#into, this.#into + this.#readBytes)) ?? 0;
    this.start = this.#into - rest;
    this.end = this.#into + read;
    this.#position += read;
    return read > 0;
  }

  /**
   * Moves the start behind the first line feed at or after a file offset. Returns false where none is near, or the file
   * ends.
   */
  skipLine(offset: number): boolean {
    while (true) {
      const feed = memory.subarray(0, this.end).indexOf(LINE_FEED, Math.max(this.start, this.addressOf(offset)));
      if (feed >= 0) {
        this.start = feed + 1;
        return true;
      }
      this.start = this.end;
      if (this.offsetOf(this.end) > offset + this.#maxLineBytes || !this.readOn()) return false;
    }
  }
}
