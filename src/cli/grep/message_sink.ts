/**
 * A sink of all records of a file, which finds by itself which of them match: for what cannot be told record by record,
 * such as messages that the runtime cut, and those beside a match.
 *
 * Bounded: a message of each stream is put together, up to what one record may hold; a longer one comes in pieces.
 *
 * @module
 */
import type { LogStream } from "../../logs/line_stream.ts";
import type { RowBatch } from "../../records/scan/row_batch.ts";
import type { Output } from "../files/output.ts";
import { type CountingSink, EnoughError } from "../files/sinks.ts";
import type { MessageLines } from "./context_lines.ts";
import { JoinedMessage } from "./joined_message.ts";

/** A batch ends with the record that brings it to this size. */
const BATCH_BYTES = 1024 * 1024;

/** What is done with messages. */
export interface MessageSinkOptions {
  /** Where they are put. */
  readonly out: Output;
  /** Writes what was put. */
  readonly flush: () => Promise<void>;
  /** Reports whether a message matches. */
  readonly matches: (bytes: Uint8Array, start: number, end: number) => boolean;
  /** Takes what matches, and what does not. */
  readonly lines: MessageLines;
  /** Whether parts of a message are put together. */
  readonly join: boolean;
  /** The most messages that match. @default {Infinity} */
  readonly limit?: number | undefined;
}

/** The sink of a file. */
export class MessageSink implements CountingSink {
  readonly #options: MessageSinkOptions;
  readonly #limit: number;
  /** The message of each stream of which parts came. */
  readonly #open = new Map<LogStream | undefined, JoinedMessage>();
  #taken = 0;

  constructor(options: MessageSinkOptions) {
    this.#options = options;
    this.#limit = options.limit ?? Infinity;
  }

  taken(): number {
    return this.#taken;
  }

  send(batch: RowBatch): number {
    const { out, join } = this.#options;
    let row = 0;
    do {
      if (join) this.#addPart(batch, row++);
      else this.#take(batch, row++);
    } while (row < batch.count && out.length < BATCH_BYTES && !this.#isEnough());
    return row;
  }

  async ready(): Promise<void> {
    await this.#options.flush();
    if (this.#isEnough()) throw new EnoughError("Cannot take more records: all that are wanted are there");
  }

  /** Takes the messages whose last part did not come, and writes all. */
  async end(): Promise<void> {
    for (const message of this.#open.values()) this.#close(message);
    await this.#options.flush();
  }

  #isEnough(): boolean {
    return this.#taken >= this.#limit && this.#options.lines.afterLeft === 0;
  }

  #addPart(batch: RowBatch, row: number): void {
    // Almost all messages are whole.
    if (this.#open.size === 0 && batch.isFinal(row)) return this.#take(batch, row);
    const stream = batch.stream(row);
    const message = this.#open.get(stream) ?? new JoinedMessage();
    if (message.parts === 0 && batch.isFinal(row)) return this.#take(batch, row);
    if (message.parts > 0 && message.isFullFor(batch, row)) {
      this.#close(message);
      this.#open.delete(stream);
      return this.#addPart(batch, row);
    }
    message.add(batch, row);
    this.#open.set(stream, message);
    if (!batch.isFinal(row)) return;
    this.#open.delete(stream);
    this.#close(message);
  }

  #close(message: JoinedMessage): void {
    if (this.#isEnough()) return;
    message.end();
    this.#take(message, 0);
  }

  #take(batch: RowBatch, row: number): void {
    const { out, matches, lines } = this.#options;
    const isMatch = matches(batch.bytes, batch.messageStart(row), batch.matchedEnd(row));
    if (!isMatch || this.#taken >= this.#limit) return lines.other(out, batch, { row, isMatch });
    this.#taken++;
    lines.match(out, batch, row);
  }
}
