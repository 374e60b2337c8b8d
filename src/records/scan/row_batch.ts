/**
 * The only door to the kernel's rows: a scan fills them, a sink reads them as a batch.
 *
 * All streams fill the same rows, so a row that is read too late is another caller's record. A batch can therefore be
 * read only while its sink's `send` runs: once, with no wait since its rows were filled. Everything else throws. A text
 * for which there is no room throws or is refused; a row never keeps the text that it had before.
 *
 * @module
 */
import { kernel } from "../../kernel/kernel.ts";
import { type FillOptions, FINAL, kernelRows, SLOW } from "../../kernel/kernel_rows.ts";
import type { LineHead } from "../../logs/line_head.ts";
import { lineStream, type LogStream } from "../../logs/line_stream.ts";
import { isUtf8, repairedUtf8, trimmedEnd } from "../../logs/text.ts";
import { type RowBatch, StaleRowsError, type WrittenFrames } from "./_open_rows.ts";

/** The longest message, in bytes: what gRPC clients take by default (4 MiB), less a record's other fields. */
export const MAX_MESSAGE_BYTES = 4 * 1024 * 1024 - 64;

const { memory } = kernel;
const { seconds, nanos, lineStart, lineEnd, messageStart, messageEnd, trimmedEnd: sentEnd, flags } = kernelRows;

export { type RowBatch, StaleRowsError, type WrittenFrames };

/** The one batch of the process; it has no records but while a sink reads it. */
class OpenBatch implements RowBatch {
  count = 0;
  readonly bytes = memory;
  readonly maxFrameBytes = kernelRows.out.bytes;
  /** The stream of the only row, where its line is too long to be in memory. */
  longStream: LogStream | undefined = undefined;

  #checked(row: number): number {
    if (row >= 0 && row < this.count) return row;
    throw new StaleRowsError(`Cannot read row ${row} of a batch: ${this.count} can be read`);
  }

  seconds(row: number): number {
    return seconds[this.#checked(row)] ?? 0;
  }

  nanos(row: number): number {
    return nanos[this.#checked(row)] ?? 0;
  }

  isFinal(row: number): boolean {
    return flags[this.#checked(row)] === FINAL;
  }

  messageStart(row: number): number {
    return messageStart[this.#checked(row)] ?? 0;
  }

  messageEnd(row: number): number {
    return sentEnd[this.#checked(row)] ?? 0;
  }

  matchedEnd(row: number): number {
    return messageEnd[this.#checked(row)] ?? 0;
  }

  lineStart(row: number): number {
    return lineStart[this.#checked(row)] ?? 0;
  }

  lineEnd(row: number): number {
    return lineEnd[this.#checked(row)] ?? 0;
  }

  stream(row: number): LogStream | undefined {
    const end = lineEnd[this.#checked(row)] ?? 0;
    return end === 0 ? this.longStream : lineStream(memory, lineStart[row] ?? 0, end);
  }

  writeFrames(limit: number, maxRows = this.count): WrittenFrames {
    if (maxRows > 0) this.#checked(maxRows - 1);
    const { rows, bytes } = kernelRows.putFrames(0, maxRows, limit);
    const { address } = kernelRows.out;
    return { rows, frames: memory.subarray(address, address + bytes) };
  }
}

/** The rows as the scans of this room fill them: the first ones, in the order in which they are to be sent. */
export class RowBuffer {
  /** How many rows there are. */
  readonly capacity: number = kernelRows.capacity;
  readonly #batch = new OpenBatch();
  /** How many rows may be sent, until the next wait. */
  #filled = 0;
  #isForgotten = true;
  /** Where the next text goes that is in no block as it is to be sent. */
  #textAt = kernelRows.text.address;

  /**
   * Fills rows from the first (or last) `lines` lines that the kernel has named; returns how many, and how many lines
   * that took.
   */
  fill(lines: number, options: FillOptions): { readonly rows: number; readonly lines: number } {
    this.#checkUnread();
    const filled = kernelRows.fill(lines, options);
    this.keep(filled.rows);
    this.#textAt = kernelRows.textEnd();
    return filled;
  }

  /** Declares that the first `count` rows are those to be sent. */
  keep(count: number): void {
    this.#checkUnread();
    this.#filled = count;
    if (!this.#isForgotten) return;
    this.#isForgotten = false;
    // Whatever goes on after an await goes on after this.
    queueMicrotask(() => {
      this.#isForgotten = true;
      this.#filled = 0;
    });
  }

  /** Has the sink read the first `count` rows, which can be done once; returns how many it has taken. */
  sendTo(sink: { send(batch: RowBatch): number }, count: number): number {
    if (count === 0) return 0;
    if (count > this.#filled) throw new StaleRowsError(`Cannot send ${count} rows: ${this.#filled} can be sent`);
    this.#filled = 0;
    this.#batch.count = count;
    try {
      const sent = sink.send(this.#batch);
      if (sent >= 1 && sent <= count) return sent;
      throw new RangeError(`Cannot go on after a batch of ${count} records: the sink says that it took ${sent}`);
    } finally {
      this.#batch.count = 0;
    }
  }

  /**
   * Fills the first row, and no other.
   *
   * @throws {RangeError} when the message is too long for a record
   */
  fillOne(
    record: {
      readonly seconds: number;
      readonly nanos: number;
      readonly final: boolean;
      readonly stream?: LogStream | undefined;
    },
    text: Uint8Array,
  ): void {
    this.#checkUnread();
    this.#batch.longStream = record.stream;
    lineStart[0] = 0;
    lineEnd[0] = 0;
    this.#textAt = kernelRows.text.address;
    this.#setTime(0, record);
    this.#putText(0, text);
    this.keep(1);
  }

  /**
   * Fills a row from a head that was read in the kernel's memory, or in a text of its own. The message is trimmed, and
   * repaired to be UTF-8. Returns false where there is no room for it.
   */
  fillFrom(row: number, head: LineHead): boolean {
    const source = head.text ?? memory;
    const start = head.messageStart;
    const end = trimmedEnd(source, start, head.messageEnd);
    const isSound = isUtf8(source, start, end);
    if (isSound && head.text === undefined) {
      this.#setTime(row, head);
      messageStart[row] = start;
      messageEnd[row] = head.messageEnd;
      sentEnd[row] = end;
      return true;
    }
    const sound = isSound ? source.subarray(start, head.messageEnd) : repairedUtf8(source, start, head.messageEnd);
    if (sound.length > this.#room()) return false;
    this.#setTime(row, head);
    this.#putText(row, sound);
    sentEnd[row] = trimmedEnd(memory, messageStart[row] ?? 0, this.#textAt);
    return true;
  }

  /** Moves a row to an earlier one. */
  move(from: number, to: number): void {
    if (from === to) return;
    seconds[to] = seconds[from] ?? 0;
    nanos[to] = nanos[from] ?? 0;
    lineStart[to] = lineStart[from] ?? 0;
    lineEnd[to] = lineEnd[from] ?? 0;
    messageStart[to] = messageStart[from] ?? 0;
    messageEnd[to] = messageEnd[from] ?? 0;
    sentEnd[to] = sentEnd[from] ?? 0;
    flags[to] = flags[from] ?? 0;
  }

  /** Whether the last fill left lines to the scalar twin. */
  hasSlow = (): boolean => kernelRows.slowRows() > 0;

  /** Whether a row is a line that is left to the scalar twin. */
  isSlow(row: number): boolean {
    return flags[row] === SLOW;
  }

  /** Whether a row's message is whole. */
  isFinal(row: number): boolean {
    return flags[row] === FINAL;
  }

  /**
   * Where a row's line begins: the address from which to go on (backward: where its line ended) when that row was not
   * sent.
   */
  lineStart(row: number): number {
    return lineStart[row] ?? 0;
  }

  /** Where a row's line ends, without its line feed. */
  lineEnd(row: number): number {
    return lineEnd[row] ?? 0;
  }

  /** Makes a span of the message of each of the first `count` rows, for a pattern to judge. */
  putSpans(count: number): void {
    kernelRows.putSpans(count);
  }

  #checkUnread(): void {
    if (this.#batch.count > 0) throw new StaleRowsError("Cannot fill rows: a sink reads them");
  }

  /** How long the next text may be, in bytes. */
  #room(): number {
    const { address, bytes } = kernelRows.text;
    return Math.min(MAX_MESSAGE_BYTES, address + bytes - this.#textAt);
  }

  #setTime(row: number, record: { readonly seconds: number; readonly nanos: number; readonly final: boolean }): void {
    seconds[row] = record.seconds;
    nanos[row] = record.nanos;
    flags[row] = record.final ? FINAL : 0;
  }

  /** Makes a text a row's message, behind the texts of the rows before it. */
  #putText(row: number, text: Uint8Array): void {
    const room = this.#room();
    if (text.length > room) {
      throw new RangeError(`Cannot make a record of ${text.length} bytes: there is room for ${room}`);
    }
    const start = this.#textAt;
    memory.set(text, start);
    this.#textAt = start + text.length;
    messageStart[row] = start;
    messageEnd[row] = this.#textAt;
    sentEnd[row] = this.#textAt;
  }
}

/** The rows of this process. */
export const rowBuffer: RowBuffer = new RowBuffer();
