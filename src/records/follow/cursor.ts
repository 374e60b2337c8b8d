/**
 * How far a follow has come in one file, and how the file is read on from there.
 *
 * Owns the file and its scan, and closes both. A cursor is in one of these states, which only its own methods change;
 * a method that is not legal in a state throws.
 *
 * | state      | the offset is                      | legal                               | next states               |
 * | ---------- | ---------------------------------- | ----------------------------------- | ------------------------- |
 * | `reading`  | the start of a line                | all but `restart` and `contentSink` | `skipping` `cut` `closed` |
 * | `skipping` | in a line whose rest is not wanted | as `reading`                        | `reading` `cut` `closed`  |
 * | `cut`      | no longer in the file              | `restart`, and see below            | `reading` `closed`        |
 * | `gzipped`  | in the content, not in the file    | `contentSink`                       | `closed`                  |
 * | `closed`   | where the cursor was               | none                                |                           |
 *
 * `checkSize`, `inCopy` and `takeOver` are legal in a file that was cut, too; `progress`, the sizes and disposal in
 * each. `moveToEnd` makes a cursor `skipping`; `checkSize`, `isReady`, `moveTo` and `read` make it `cut` when they
 * find the file cut; disposal makes it `closed`.
 *
 * @module
 */
import type { LogFile, OpenLogFile } from "../../logs/log_file.ts";
import { contentBytes } from "../../logs/gzipped_copy.ts";
import { type LogScan, openScan, type ScanOptions } from "../scan/log_scan.ts";
import type { RecordQuery } from "../query.ts";
import type { RecordSink } from "../record_sink.ts";
import type { LastLine } from "../scan/whole_lines.ts";
import type { SearchOptions } from "./byte_search.ts";
import { startsWith } from "./peek_bytes.ts";
import { Progress, type ProgressSource } from "./progress.ts";
import { TailBytes } from "./tail_bytes.ts";

/** The states of a cursor. */
export type CursorState = "reading" | "skipping" | "cut" | "gzipped" | "closed";

/** What can be set for a new cursor. */
export interface CursorOptions {
  /** Whether the file is a compressed copy, which nobody writes to: it is read as a whole. @default {false} */
  readonly isGzipped?: boolean;
}

/** The file was cut while it was read: what was read last may lie anywhere in what it holds now. */
class CutError extends Error {
  override readonly name = "CutError";
}

/** A cursor at the start of a file. */
export class Cursor implements AsyncDisposable, ProgressSource {
  /** The file. */
  readonly file: OpenLogFile;
  /** Whether the file is a compressed copy. */
  readonly isGzipped: boolean;
  /** What was read behind the offset when the file was asked for its size. */
  readonly tail = new TailBytes();
  #progress = new Progress();
  #limit: number | undefined;
  /** How the lines are read, once there was one. */
  #scan: LogScan | undefined;
  #isClosed = false;

  /** Owns the file from now on. */
  constructor(file: OpenLogFile, { isGzipped = false }: CursorOptions = {}) {
    this.file = file;
    this.isGzipped = isGzipped;
  }

  /** What can be done with it now. */
  get state(): CursorState {
    if (this.#isClosed) return "closed";
    if (this.isGzipped) return "gzipped";
    if (this.#progress.isCut) return "cut";
    return this.#progress.isSkipping ? "skipping" : "reading";
  }

  /** Up to here the file is done with. */
  get offset(): number {
    return this.#progress.offset;
  }

  /** The first bytes of the file, as far as they were there when it was read. */
  get head(): Uint8Array {
    return this.#progress.head;
  }

  /** The bytes before the offset. */
  get marker(): Uint8Array {
    return this.#progress.marker;
  }

  /** How far the file was read until now. */
  progress(): Progress {
    return this.#progress.copy();
  }

  /** A cursor at the same offset in a copy of the file. */
  inCopy(copy: OpenLogFile, options: CursorOptions = {}): Cursor {
    this.#requirePlain("be copied");
    const cursor = new Cursor(copy, options);
    cursor.#progress = this.#progress.inCopy();
    return cursor;
  }

  /** Goes on where the file was left. Returns false for another file, which has the inode of one that is gone. */
  resume(progress: Progress): boolean {
    this.#requireIntact("be resumed");
    const isSame = progress.isIntact(this.file);
    if (isSame) this.#progress = progress.copy();
    return isSame;
  }

  /** Goes on where another cursor of the same open file is. */
  takeOver(other: Cursor): void {
    this.#requirePlain("be resumed");
    this.#progress = other.progress();
  }

  /** How many bytes of the file were not read. */
  unreadBytes(): number {
    return this.isGzipped ? contentBytes(this.file) : Math.max(0, this.file.size() - this.offset);
  }

  /** At most how many bytes of a file that was cut were written and not read, as far as its sizes tell. */
  cutBytes(): number {
    return this.#progress.cutBytes();
  }

  /** Notes the size of the file, in case that it is cut before it is read. */
  noteSize(): void {
    this.#progress.noteSize(this.file.size());
  }

  /** Leaves what is in the file from an offset on to another cursor; with undefined, no longer. */
  limitTo(offset: number | undefined): void {
    this.#limit = offset;
  }

  /** Goes on to an offset up to which the file has been read. */
  moveTo(offset: number): void {
    this.#requireIntact("move");
    this.#progress.moveTo(offset, this);
  }

  /** Goes on from an offset, or from the end of the file; a line that has begun before that is not wanted. */
  moveToEnd(offset?: number): void {
    this.#requireIntact("move");
    this.#progress.moveToEnd(offset ?? this.file.size(), this);
  }

  /** Goes back to the start of a file that was cut: what it holds now is new. Its scan must be closed. */
  restart(): void {
    this.#require("cut", "restart");
    if (this.#scan !== undefined) throw new RangeError("Cannot restart a cursor: its scan is open");
    this.#progress = new Progress();
    this.#limit = undefined;
    this.tail.forget();
  }

  /** Reports whether the file still holds what it held when it was read. */
  isIntact(): boolean {
    return this.#progress.isIntact(this.file);
  }

  /** Returns up to which offset the file is this cursor's; undefined when the file was cut. */
  checkSize(): number | undefined {
    this.#requirePlain("read");
    const size = this.#progress.checkSize(this);
    return size === undefined ? undefined : Math.min(size, this.#limit ?? Infinity);
  }

  /** Reports whether there is something to read before byte `size`: a whole line, if only those are wanted. */
  isReady(size: number, options: SearchOptions & { readonly lastLine: LastLine }): Promise<boolean> | boolean {
    this.#requireIntact("be searched");
    const { pool, signal, lastLine } = options;
    const progress = this.#progress;
    return progress.isReadyAtOnce(size, lastLine, this) ||
      progress.isReady(size, { pool, signal, lastLine, source: this });
  }

  /**
   * The bytes from the offset to byte `size` that need not be read again, and come from the intact file; may be none.
   */
  sureBytes(size: number): Uint8Array {
    return this.tail.sureBytes(this.offset, size);
  }

  /** Notes that there is no whole line before byte `size`. */
  noteSearched(size: number): void {
    this.#progress.noteSearched(size);
  }

  /** Reads on, and moves to where `read` has come. Sends nothing that was read from the file after it was cut. */
  async read(sink: RecordSink, read: (sink: RecordSink) => Promise<number>): Promise<void> {
    this.#requireIntact("read");
    this.#progress.rememberHead(this);
    const checked: RecordSink = {
      send: (batch) => {
        if (!this.tail.isSure && !this.isIntact()) throw new CutError();
        return this.#progress.sendOnce(batch, sink);
      },
      ready: () => sink.ready(),
    };
    try {
      this.#progress.moveTo(await read(checked), this);
    } catch (error) {
      if (!(error instanceof CutError)) throw error;
      this.#progress.noteCut();
    }
  }

  /** The scan of the file, if there is one. */
  get scan(): LogScan | undefined {
    return this.#scan;
  }

  /** Opens the scan of the file. */
  async openScan(query: RecordQuery, options: ScanOptions): Promise<LogScan> {
    this.#requireIntact("be scanned");
    return this.#scan ??= await openScan(this.tail.before(this.file), query, options);
  }

  /** Ends the scan: gives back its blocks, and forgets the format of the lines. */
  async closeScan(): Promise<void> {
    const scan = this.#scan;
    if (scan === undefined) return;
    this.#scan = undefined;
    await scan.reader.idle();
    scan.onSkip?.(scan.scan.skippedLines);
  }

  /** The sink for the content of a compressed copy: it skips records that were sent from the file itself. */
  contentSink(sink: RecordSink): RecordSink {
    this.#require("gzipped", "send content");
    return { send: (batch) => this.#progress.sendOnce(batch, sink), ready: () => sink.ready() };
  }

  /** Reports whether the content of a compressed copy holds what was before the offset. */
  async isIntactIn(content: LogFile): Promise<boolean> {
    const { marker, offset } = this.#progress;
    const bytes = new Uint8Array(marker.length);
    return await content.read(bytes, offset - marker.length) === bytes.length && startsWith(bytes, marker);
  }

  /** Closes the file, once nothing reads it any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.tail.forget();
    try {
      await this.closeScan();
    } finally {
      this.file[Symbol.dispose]();
    }
  }

  /** For `reading` and `skipping`. */
  #requireIntact(action: string): void {
    if (this.#isClosed || this.isGzipped || this.#progress.isCut) throw this.#illegal(action);
  }

  /** For these and `cut`. */
  #requirePlain(action: string): void {
    if (this.#isClosed || this.isGzipped) throw this.#illegal(action);
  }

  #require(state: CursorState, action: string): void {
    if (this.state !== state) throw this.#illegal(action);
  }

  #illegal(action: string): RangeError {
    return new RangeError(`Cannot ${action}: the cursor is ${this.state}`);
  }
}
