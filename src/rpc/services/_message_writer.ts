/**
 * Protobuf messages written straight into one growing buffer.
 *
 * A writer for few kinds of fields: numbers, texts, and messages in messages. Writes fields whether they have their
 * defaults or not. protobufjs' `Writer` takes 2.3 times as long for a list of 10,000 logs (24 beside 10 ms), a third
 * of that in one piece at the end, in which no other call is answered; one `Writer` for each log takes 2.1 times as
 * long.
 *
 * @module
 */

const FIRST_BYTES = 32 * 1024;
const encoder = new TextEncoder();

/** The bytes of messages, as they are written. Whoever writes reserves room first. */
export class MessageWriter {
  #bytes = new Uint8Array(FIRST_BYTES);
  #at = 0;

  /** All that was written; it is overwritten by what is written later. */
  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#at);
  }

  /** How many bytes were written. */
  get size(): number {
    return this.#at;
  }

  /** Begins anew, in the same memory. */
  clear(): void {
    this.#at = 0;
  }

  /** Makes room for so many more bytes. */
  reserve(more: number): void {
    if (this.#at + more <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(2 * this.#bytes.length, this.#at + more));
    grown.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = grown;
  }

  /** Writes the head of a gRPC frame that is not compressed. */
  frameHead(length: number): void {
    this.#bytes[this.#at++] = 0;
    for (let shift = 24; shift >= 0; shift -= 8) this.#bytes[this.#at++] = length >>> shift;
  }

  /** Writes a number of up to 53 bits; one below zero as the 64 bits of its two's complement. */
  number(field: number, value: number): void {
    this.#bytes[this.#at++] = field << 3;
    this.#varint(value);
  }

  /** Writes a text in UTF-8. */
  text(field: number, text: string): void {
    const start = this.begin(field);
    this.#characters(text);
    this.end(start);
  }

  /** Begins a message in the message: what is written until `end` is called with the answer. */
  begin(field: number): number {
    this.#bytes[this.#at++] = field << 3 | 2;
    return this.#at++;
  }

  /** Ends the message that began there: writes its length before it. */
  end(start: number): void {
    const length = this.#at - start - 1;
    if (length <= 0x7f) {
      this.#bytes[start] = length;
      return;
    }
    // A length of more than seven bits takes more room than was left for it.
    const more = length < 1 << 14 ? 1 : length < 1 << 21 ? 2 : 3;
    this.#bytes.copyWithin(start + 1 + more, start + 1, this.#at);
    this.#at = start;
    this.#varint(length);
    this.#at += length;
  }

  #varint(value: number): void {
    if (value < 0) return this.#bigVarint(BigInt.asUintN(64, BigInt(value)));
    let rest = value;
    for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) this.#bytes[this.#at++] = rest % 0x80 | 0x80;
    this.#bytes[this.#at++] = rest;
  }

  #bigVarint(value: bigint): void {
    let rest = value;
    for (; rest > 0x7fn; rest >>= 7n) this.#bytes[this.#at++] = Number(rest & 0x7fn) | 0x80;
    this.#bytes[this.#at++] = Number(rest);
  }

  #characters(text: string): void {
    const bytes = this.#bytes;
    const from = this.#at;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 0x7f) {
        this.#at = from + encoder.encodeInto(text, bytes.subarray(from)).written;
        return;
      }
      bytes[from + i] = unit;
    }
    this.#at = from + text.length;
  }
}
