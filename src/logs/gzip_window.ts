/**
 * A window: a part of a gzip file's content in memory, and the decoder that continues at its end.
 *
 * @module
 */
import { nextSlice } from "../scheduling/time_slice.ts";
import type { GzipContent } from "./gzip_content.ts";
import { GzipDecoder } from "./gzip_decoder.ts";
import type { LogFile } from "./log_file.ts";
import { type BlockEnd, COMPARED_BYTES, restartPointAt } from "./restart_point.ts";

/** The most content that is decoded in one time slice: about a millisecond's work. */
const SLICE_BYTES = 512 * 1024;
/** The most calls in one time slice: blocks and members may be empty. */
const SLICE_CALLS = 64;
/** After the end of a block that gave no restart point, the next one is tried at this distance. */
const PAUSE_BYTES = 128 * 1024;

/** A reader of a content. */
export interface GzipReading {
  /** The content. */
  readonly content: GzipContent;
  /** The file. */
  readonly file: Pick<LogFile, "read">;
  /** Ends the reading; it rejects with the signal's reason. */
  readonly signal: AbortSignal;
}

/** One window, for the content of any file. */
export class GzipWindow {
  /** The pool's count of uses when it was last returned. */
  usedAt = 0;
  /** The content of which it holds a part. */
  content: GzipContent | undefined;
  readonly #bytes: number;
  #buffer = new Uint8Array();
  /** Its offset in the content, and how many bytes it holds. */
  #from = 0;
  #length = 0;
  #decoder: GzipDecoder | undefined;
  /** The end of a block that may become a restart point. */
  #blockEnd: BlockEnd | undefined;
  /** Offset in the content from which the next end of a block is tried. */
  #tryFrom = 0;

  /** Allocates nothing until it is used. */
  constructor(options: { readonly bytes: number }) {
    this.#bytes = options.bytes;
  }

  /** Whether it holds memory. */
  get isHeld(): boolean {
    return this.#buffer.length > 0;
  }

  /** Bytes to decode from here to a position of the content; undefined if decoding cannot continue from here. */
  distanceTo(content: GzipContent, position: number): number | undefined {
    if (this.content !== content || position < this.#from) return undefined;
    return Math.max(0, position - this.#to);
  }

  /** How many bytes at the end of [from, to) it holds. */
  tailOf(content: GzipContent, from: number, to: number): number {
    if (this.content !== content || to <= this.#from || to > this.#to) return 0;
    return to - Math.max(from, this.#from);
  }

  /** Reads from `position` on until `into` is full or the content ends; resolves to the number of bytes read. */
  async read(into: Uint8Array, position: number, reading: GzipReading): Promise<number> {
    const atHand = this.tailOf(reading.content, position, position + into.length);
    const end = position + into.length - atHand;
    this.#copy(into.subarray(into.length - atHand), end);
    let at = position;
    if (at < end) this.#seek(at, reading);
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
   * Continues to decode the content to find its size. Stops at the end, at `maxBytes`, or after `stepBytes` as soon as
   * a restart point allows the next call to continue.
   */
  async measure(
    reading: GzipReading,
    { stepBytes, maxBytes }: { readonly stepBytes: number; readonly maxBytes: number },
  ): Promise<void> {
    const { content } = reading;
    const from = content.measuredTo;
    this.#seek(from, reading);
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

  /** Drops the content and the decoder. */
  clear(): void {
    this.#decoder?.[Symbol.dispose]();
    this.#decoder = undefined;
    this.#blockEnd = undefined;
    this.content = undefined;
    this.#from = this.#length = this.#tryFrom = 0;
  }

  /** Drops the content and the decoder, and frees the memory. */
  release(): void {
    this.clear();
    // Frees the memory now, not when it is collected.
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

  /** Continues with this decoder if that is the shortest path to `position`; else begins at a restart point. */
  #seek(position: number, { content, file }: GzipReading): void {
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

  /** Decodes for one time slice; resolves to whether there may be more. */
  async #decodeSlice(reading: GzipReading): Promise<boolean> {
    const { content } = reading;
    await nextSlice(reading);
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

  /** Drops the older half, so that bytes are moved seldom. */
  #slide(): void {
    const dropped = this.#buffer.length >> 1;
    this.#buffer.copyWithin(0, dropped);
    this.#from += dropped;
    this.#length -= dropped;
  }

  /** Keeps the decoder's position as a restart point; the end of a block once the content after it is decoded. */
  #notePoint(content: GzipContent, decoder: GzipDecoder): void {
    const { position } = decoder;
    const member = content.wants(position) ? decoder.memberEnd() : undefined;
    if (member !== undefined) {
      // The pending end is that of the member's last block.
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
