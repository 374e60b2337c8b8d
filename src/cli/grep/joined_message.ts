/**
 * A message that the runtime cut into parts, put together again.
 *
 * @module
 */
import { criMessageStart, type LogStream } from "../../logs/line_stream.ts";
import { repairedUtf8, trimmedEnd } from "../../logs/text.ts";
import { MAX_MESSAGE_BYTES, type RowBatch, type WrittenFrames } from "../../records/scan/row_batch.ts";

const OPENING_BRACE = 0x7b;

/** The parts so far, as a batch of one record. */
export class JoinedMessage implements RowBatch {
  readonly count = 1;
  readonly maxFrameBytes = 0;
  /** The text. */
  bytes: Uint8Array = new Uint8Array(64 * 1024);
  #length = 0;
  #end = 0;
  #seconds = 0;
  #nanos = 0;
  #isFinal = true;
  #parts = 0;
  #stream: LogStream | undefined;

  /** How many parts there are. */
  get parts(): number {
    return this.#parts;
  }

  /** Reports whether the message would get longer than a record may be. */
  isFullFor(batch: RowBatch, row: number): boolean {
    const { start, end } = rawMessage(batch, row);
    return this.#length + end - start > MAX_MESSAGE_BYTES;
  }

  /** Adds a part. */
  add(batch: RowBatch, row: number): void {
    const { start, end } = rawMessage(batch, row);
    if (this.#parts++ === 0) {
      this.#seconds = batch.seconds(row);
      this.#nanos = batch.nanos(row);
      this.#stream = batch.stream(row);
    }
    const needed = this.#length + end - start;
    if (needed > this.bytes.length) {
      const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2));
      grown.set(this.bytes.subarray(0, this.#length));
      this.bytes = grown;
    }
    this.bytes.set(batch.bytes.subarray(start, end), this.#length);
    this.#length = needed;
    this.#isFinal = batch.isFinal(row);
  }

  /** Ends the message: a character that was cut between two parts is whole again. */
  end(): void {
    const sound = repairedUtf8(this.bytes, 0, this.#length);
    if (sound.length > this.bytes.length) this.bytes = sound.slice();
    else this.bytes.set(sound);
    this.#length = sound.length;
    this.#end = trimmedEnd(this.bytes, 0, this.#length);
  }

  seconds = (): number => this.#seconds;
  nanos = (): number => this.#nanos;
  isFinal = (): boolean => this.#isFinal;
  messageStart = (): number => 0;
  messageEnd = (): number => this.#end;
  matchedEnd = (): number => this.#length;
  lineStart = (): number => 0;
  lineEnd = (): number => 0;
  stream = (): LogStream | undefined => this.#stream;
  writeFrames = (): WrittenFrames => {
    throw new TypeError("Cannot write frames of a joined message");
  };
}

/** Returns where the message of a record is as it was written: with white space at its end, and not repaired. */
function rawMessage(batch: RowBatch, row: number): { readonly start: number; readonly end: number } {
  const lineStart = batch.lineStart(row);
  const lineEnd = batch.lineEnd(row);
  // A message of Docker is no part of its line; and a line may not be there.
  if (lineEnd === 0 || batch.bytes[lineStart] === OPENING_BRACE) {
    return { start: batch.messageStart(row), end: batch.matchedEnd(row) };
  }
  return { start: criMessageStart(batch.bytes, lineStart, lineEnd), end: lineEnd };
}
