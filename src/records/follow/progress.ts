/**
 * How far a file was read: an offset, and what the file held at its start and before the offset.
 *
 * Those bytes tell a file that goes on from one that was cut and has grown again, which its size alone does not. Only
 * the class writes its fields. It knows no file: it is what is remembered of one that is closed.
 *
 * @module
 */
import type { OpenLogFile } from "../../logs/log_file.ts";
import type { RecordSink } from "../record_sink.ts";
import type { RowBatch } from "../scan/row_batch.ts";
import type { LastLine } from "../scan/whole_lines.ts";
import { findByte, type SearchOptions } from "./byte_search.ts";
import { bytesAt, holdsAt, peekRest, startsWith } from "./peek_bytes.ts";
import type { TailBytes } from "./tail_bytes.ts";

const LINE_FEED = 0x0a;
const NOTHING = new Uint8Array();
/** Remembered bytes of the start and before the offset: more than a line's time, so that no two lines are alike. */
const MARKER_BYTES = 64;

/** The file that is read, and its last bytes. */
export interface ProgressSource {
  /** The file. */
  readonly file: OpenLogFile;
  /** What was read of it behind the offset. */
  readonly tail: TailBytes;
}

/** The start of a file. */
export class Progress {
  #offset = 0;
  #marker: Uint8Array = NOTHING;
  /** As far as the first bytes were there when the file was read. */
  #head: Uint8Array = NOTHING;
  /** Records behind the offset that were sent. */
  #sent = 0;
  /** Records behind the offset to skip: they were sent from the file that this one is a copy of. */
  #sentBefore = 0;
  #readTo = 0;
  /** The largest size that the file was seen to have. */
  #knownSize = 0;
  #isCut = false;
  /** Up to here there is no line feed. */
  #searchedTo = 0;
  #isSkipping = false;

  /** Up to here the file is done with. */
  get offset(): number {
    return this.#offset;
  }

  /** The bytes before the offset. */
  get marker(): Uint8Array {
    return this.#marker;
  }

  /** The first bytes of the file. */
  get head(): Uint8Array {
    return this.#head;
  }

  /** Whether the file was found cut. */
  get isCut(): boolean {
    return this.#isCut;
  }

  /** Whether the offset is in a line whose rest is not wanted. */
  get isSkipping(): boolean {
    return this.#isSkipping;
  }

  /** The same progress, which changes no more with this one. */
  copy(): Progress {
    const copy = this.inCopy();
    copy.#sent = this.#sent;
    copy.#sentBefore = this.#sentBefore;
    copy.#readTo = this.#readTo;
    copy.#knownSize = this.#knownSize;
    copy.#isCut = this.#isCut;
    copy.#searchedTo = this.#searchedTo;
    return copy;
  }

  /** The same offset in a copy of the file. */
  inCopy(): Progress {
    const copy = new Progress();
    copy.#offset = this.#offset;
    copy.#marker = this.#marker;
    copy.#head = this.#head;
    copy.#isSkipping = this.#isSkipping;
    copy.#sentBefore = this.#sentBefore + this.#sent;
    copy.#readTo = this.#offset;
    copy.#searchedTo = this.#offset;
    return copy;
  }

  /** Notes a size of the file. */
  noteSize(size: number): void {
    if (size > this.#knownSize) this.#knownSize = size;
  }

  /** At most how many bytes of a file that was cut were written and not read, as far as its sizes tell. */
  cutBytes(): number {
    return Math.max(0, this.#knownSize - this.#readTo);
  }

  /** The file was found cut. */
  noteCut(): void {
    this.#isCut = true;
  }

  /** Reports whether the file still holds what it held when it was read. */
  isIntact(file: OpenLogFile): boolean {
    return holdsAt(file, 0, this.#head) && holdsAt(file, this.#offset - this.#marker.length, this.#marker);
  }

  /** Goes on to an offset up to which the file has been read, unless the file was cut. */
  moveTo(offset: number, { file, tail }: ProgressSource): void {
    this.#readTo = offset;
    const sure = tail.isSure ? this.#tailMarker(offset, tail) : undefined;
    const length = Math.min(MARKER_BYTES, offset);
    const marker = sure ?? bytesAt(file, offset - length, length);
    const head = this.#readHead(file, tail);
    // Only now: what is remembered is then from before a cut, or the cut is seen.
    if (sure === undefined && (!this.isIntact(file) || marker.length < length)) {
      this.#isCut = true;
      return;
    }
    this.#offset = offset;
    this.#sent = 0;
    this.#searchedTo = offset;
    this.#marker = marker;
    this.#head = head;
  }

  /** Goes on from an offset; a line that has begun before that is not wanted. */
  moveToEnd(offset: number, source: ProgressSource): void {
    this.moveTo(offset, source);
    this.#isSkipping = this.#marker.length > 0 && this.#marker.at(-1) !== LINE_FEED;
  }

  /** Remembers the first bytes of the file, before more of it is read. */
  rememberHead({ file, tail }: ProgressSource): void {
    this.#head = this.#readHead(file, tail);
  }

  /**
   * Returns the size of the file; undefined when it was cut, as size and content tell. Neither size nor time are
   * enough: a file may be cut and grow to the same size within one tick of its clock.
   */
  checkSize(source: ProgressSource): number | undefined {
    const { file, tail } = source;
    const size = this.#readTail(source);
    // What is before the offset was read with the tail.
    const isIntact = !this.#isCut && size >= this.#offset &&
      (tail.isThere ? holdsAt(file, 0, this.#head) : this.isIntact(file));
    if (!isIntact) {
      this.#isCut = true;
      return undefined;
    }
    tail.markSure();
    this.noteSize(size);
    return size;
  }

  /** Reports whether `isReady` is true without a search: most often, as a line is written as a whole. */
  isReadyAtOnce(size: number, lastLine: LastLine, source: ProgressSource): boolean {
    return !this.#isSkipping && this.#offset < size && (lastLine === "sent" || this.#searchedTo === this.#offset) &&
      this.#firstByte(source) !== 0;
  }

  /**
   * Reports whether there is something to read before byte `size`: a whole line, if only those are wanted. Skips the
   * rest of a line that is not wanted, and NUL, with which a file begins that was cut under a writer which goes on
   * where it was. Returns false where it finds the file cut.
   */
  async isReady(
    size: number,
    options: SearchOptions & { readonly lastLine: LastLine; readonly source: ProgressSource },
  ): Promise<boolean> {
    const { pool, signal, lastLine, source } = options;
    const find = (from: number, isWanted: (byte: number) => boolean): Promise<number | undefined> =>
      findByte(source.file, { pool, signal, tail: source.tail, from, to: size, isWanted });
    if (this.#isSkipping) {
      const feed = await find(this.#offset, isLineFeed);
      this.moveTo(feed === undefined ? size : feed + 1, source);
      this.#isSkipping = feed === undefined;
    }
    if (!this.#isCut && this.#offset < size && this.#firstByte(source) === 0) {
      this.moveTo(await find(this.#offset, isNotNul) ?? size, source);
    }
    if (this.#isCut || this.#offset >= size) return false;
    if (lastLine === "sent" || this.#searchedTo === this.#offset) return true;
    // The line had no end when it was searched last, unless the file was cut within it.
    const feed = await find(this.#searchedTo <= size ? this.#searchedTo : this.#offset, isLineFeed);
    this.#searchedTo = feed === undefined ? size : this.#offset;
    return feed !== undefined;
  }

  /**
   * Notes that there is no whole line before byte `size`. In a file that was cut at its start, there may be another
   * line.
   */
  noteSearched(size: number): void {
    if (this.#head.length > 0) this.#searchedTo = size;
  }

  /** Sends rows and counts them; skips those that were sent from the file that this one is a copy of. */
  sendOnce(batch: RowBatch, sink: RecordSink): number {
    const skipped = Math.min(batch.count, this.#sentBefore);
    this.#sentBefore -= skipped;
    const sent = skipped > 0 ? skipped : sink.send(batch);
    this.#sent += sent;
    return sent;
  }

  /**
   * Returns the size of the file: by what there is to read from the offset on, if that is little. To ask for the size
   * takes five times as long. The bytes before the offset are read with it, and tell whether the file was cut.
   */
  #readTail({ file, tail }: ProgressSource): number {
    const start = this.#offset - this.#marker.length;
    const bytes = peekRest(file, start);
    if (bytes === undefined || bytes.length <= this.#marker.length) {
      tail.forget();
      return file.size();
    }
    tail.keep(this.#offset, bytes.slice(this.#marker.length));
    if (!startsWith(bytes, this.#marker)) this.#isCut = true;
    return start + bytes.length;
  }

  /** The bytes before an offset, as far as the tail has them; undefined where it does not. */
  #tailMarker(offset: number, tail: TailBytes): Uint8Array | undefined {
    const length = offset - this.#offset;
    const passed = tail.at(this.#offset)?.subarray(0, length);
    if (passed?.length !== length) return undefined;
    if (length >= MARKER_BYTES) return passed.slice(-MARKER_BYTES);
    const kept = this.#marker.subarray(Math.max(0, this.#marker.length + length - MARKER_BYTES));
    const next = new Uint8Array(kept.length + length);
    next.set(kept);
    next.set(passed, kept.length);
    return next;
  }

  /**
   * The first bytes, more of them than were remembered where there are more; not those of a file that was cut since.
   */
  #readHead(file: OpenLogFile, tail: TailBytes): Uint8Array {
    if (this.#head.length >= MARKER_BYTES) return this.#head;
    const bytes = tail.at(0)?.slice(0, MARKER_BYTES) ?? bytesAt(file, 0, MARKER_BYTES);
    return startsWith(bytes, this.#head) ? bytes : this.#head;
  }

  #firstByte({ file, tail }: ProgressSource): number | undefined {
    return (tail.at(this.#offset) ?? bytesAt(file, this.#offset, 1))[0];
  }
}

function isLineFeed(byte: number): boolean {
  return byte === LINE_FEED;
}

function isNotNul(byte: number): boolean {
  return byte !== 0;
}
