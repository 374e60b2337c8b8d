/**
 * A part of a gzip file's content in memory, and the decoder that goes on from its end.
 *
 * @module
 */
import { nextSlice } from "../scheduling/time_slice.ts";
import type { GzipContent } from "./gzip_content.ts";
import { GzipDecoder } from "./gzip_decoder.ts";
import type { LogFile } from "./log_file.ts";
import { type BlockEnd, COMPARED_BYTES, restartPointAt } from "./restart_point.ts";

/** What is decoded in one time slice at most: about a millisecond's work. */
const SLICE_BYTES = 512 * 1024;
/** … and so many calls: a block, or a member of the file, may hold nothing. */
const SLICE_CALLS = 64;
/** Where a block's end did not become a restart point, the next one is tried so much farther. */
const PAUSE_BYTES = 128 * 1024;

/** Whose content is wanted, and what reads it. */
export interface GzipReading {
  /** What is known of it. */
  readonly content: GzipContent;
  /** The file. */
  readonly file: Pick<LogFile, "read">;
  /** Ends the reading; it rejects with the signal's reason. */
  readonly signal: AbortSignal;
}

/** One window: memory for a part of any file's content. */
export class GzipWindow {
  /** When it was given back last, on the pool's count. */
  usedAt = 0;
  /** Whose content it holds. */
  content: GzipContent | undefined;
  readonly #bytes: number;
  #buffer = new Uint8Array();
  /** Where in the content the window begins, and how much there is in it. */
  #from = 0;
  #length = 0;
  #decoder: GzipDecoder | undefined;
  /** The end of a block that may become a restart point. */
  #blockEnd: BlockEnd | undefined;
  /** How far in the content the next one is tried. */
  #tryFrom = 0;

  /** Takes no memory until it is used. */
  constructor(options: { readonly bytes: number }) {
    this.#bytes = options.bytes;
  }

  /** Whether it takes memory. */
  get isHeld(): boolean {
    return this.#buffer.length > 0;
  }

  /** How much must be decoded to come to a place of the content; undefined where the window is of no use for that. */
  distanceTo(content: GzipContent, position: number): number | undefined {
    if (this.content !== content || position < this.#from) return undefined;
    return Math.max(0, position - this.#to);
  }

  /** How much of the end of [from, to) it holds. */
  endsOf(content: GzipContent, from: number, to: number): number {
    if (this.content !== content || to <= this.#from || to > this.#to) return 0;
    return to - Math.max(from, this.#from);
  }

  /** Reads the content from `position` on until `into` is full or the content ends; resolves to how many bytes that were. */
  async read(into: Uint8Array, position: number, reading: GzipReading): Promise<number> {
    const atHand = this.endsOf(reading.content, position, position + into.length);
    const end = position + into.length - atHand;
    this.#copy(into.subarray(into.length - atHand), end);
    let at = position;
    if (at < end) this.#goTo(at, reading);
    while (at < end) {
      if (at < this.#to) {
        const count = Math.min(end, this.#to) - at;
        this.#copy(into.subarray(at - position, at - position + count), at);
        at += count;
      } else if (!await this.#decodeSlice(reading) && this.#to <= at) {
        return at - position;
      }
    }
    return into.length;
  }

  /**
   * Looks for the content's end, from where that was left: up to a place at which it can be taken up again, at least `stepBytes` farther; no farther than
   * `maxBytes`.
   */
  async measure(
    reading: GzipReading,
    { stepBytes, maxBytes }: { readonly stepBytes: number; readonly maxBytes: number },
  ): Promise<void> {
    const { content } = reading;
    const from = content.measuredTo;
    this.#goTo(from, reading);
    while (content.size === undefined) {
      const goesOn = await this.#decodeSlice(reading);
      content.measuredTo = Math.max(content.measuredTo, this.#to);
      if (this.#to >= maxBytes || !goesOn) {
        content.size = Math.min(this.#to, maxBytes);
        content.isWhole = this.#to < maxBytes && this.#decoder?.end === "whole";
      } else if (this.#to - from >= stepBytes && (content.pointBefore(this.#to)?.contentOffset ?? 0) > from) {
        return;
      }
    }
  }

  /** Forgets the content. */
  clear(): void {
    this.#decoder?.[Symbol.dispose]();
    this.#decoder = undefined;
    this.#blockEnd = undefined;
    this.content = undefined;
    this.#from = this.#length = this.#tryFrom = 0;
  }

  /** Forgets the content, and gives the memory back. */
  release(): void {
    this.clear();
    // At once: it does not wait to be collected.
    this.#buffer.buffer.transfer(0);
    this.#buffer = new Uint8Array();
  }

  get #to(): number {
    return this.#from + this.#length;
  }

  #copy(into: Uint8Array, position: number): void {
    const start = position - this.#from;
    if (into.length > 0) into.set(this.#buffer.subarray(start, start + into.length));
  }

  /** Makes the decoder one that comes to `position` with the least to decode. */
  #goTo(position: number, { content, file }: GzipReading): void {
    const point = content.pointBefore(position);
    if (this.content === content && position >= this.#from && this.#to >= (point?.contentOffset ?? 0)) {
      this.#decoder?.readFrom(file);
      return;
    }
    this.clear();
    if (!this.isHeld) this.#buffer = new Uint8Array(this.#bytes);
    this.content = content;
    this.#decoder = new GzipDecoder(file, point);
    this.#from = point?.contentOffset ?? 0;
  }

  /** Decodes as much as one time slice takes; whether there may be more. */
  async #decodeSlice({ content, signal }: GzipReading): Promise<boolean> {
    await nextSlice();
    signal.throwIfAborted();
    const decoder = this.#decoder;
    if (decoder === undefined) return false;
    let left = Math.min(SLICE_BYTES, this.#buffer.length >> 1);
    for (let call = 0; call < SLICE_CALLS && left > 0 && decoder.end === undefined; call++) {
      if (this.#length === this.#buffer.length) this.#slide();
      const produced = await decoder.decode(this.#buffer.subarray(this.#length, this.#length + left));
      this.#length += produced;
      left -= produced;
      this.#notePoint(content, decoder);
    }
    return decoder.end === undefined;
  }

  /** Drops the older half: so bytes are not moved again and again. */
  #slide(): void {
    const dropped = this.#buffer.length >> 1;
    this.#buffer.copyWithin(0, dropped);
    this.#from += dropped;
    this.#length -= dropped;
  }

  /** Keeps where decoding has stopped as a restart point: the end of a block once the content behind it is known. */
  #notePoint(content: GzipContent, decoder: GzipDecoder): void {
    const { position } = decoder;
    const member = content.wants(position) ? decoder.memberEnd() : undefined;
    if (member !== undefined) {
      // What ended last was the member's last block.
      this.#blockEnd = undefined;
      return content.add(member);
    }
    const end = this.#blockEnd;
    if (end !== undefined) {
      const next = this.#buffer.subarray(end.contentOffset - this.#from, this.#length);
      if (next.length < COMPARED_BYTES) return;
      this.#blockEnd = undefined;
      const point = restartPointAt(end, next);
      if (point === undefined) this.#tryFrom = end.contentOffset + PAUSE_BYTES;
      else content.add(point);
    }
    if (position < this.#tryFrom || !content.wants(position)) return;
    this.#blockEnd = decoder.blockEnd(this.#buffer.subarray(0, this.#length));
  }
}
