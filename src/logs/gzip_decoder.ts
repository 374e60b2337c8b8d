/**
 * Decodes a gzip file member by member, up to its end or its first fault.
 *
 * The caller asks for content and owns the memory for it. Each member's CRC is checked. A decoder holds about 100 KiB.
 *
 * @module
 */
import { crc32 } from "node:zlib";
import { createInflater, DICTIONARY_BYTES, type Inflater } from "./inflater.ts";
import type { LogFile } from "./log_file.ts";
import { type BlockEnd, inflaterFrom, type RestartPoint } from "./restart_point.ts";

/** Bytes of the file that are read at once. */
const INPUT_BYTES = 32 * 1024;
/** A member's header is shorter. */
const MAX_HEADER_BYTES = 8 * 1024;
const TRAILER_BYTES = 8;
/** Bytes of the file that are enough to find the bit at which a block ends. */
const TRIED_BYTES = 4 * 1024;

/** Flags of a member's header: RFC 1952. */
const HEADER_CRC = 2;
const EXTRA = 4;
const NAME = 8;
const COMMENT = 16;

/** How a gzip file ends: all of it is sound, or it has a fault. */
export type GzipEnd = "whole" | "damaged";

/** Decodes one file; disposing of it does not close the file. */
export class GzipDecoder implements Disposable {
  #file: Pick<LogFile, "read">;
  readonly #input = new Uint8Array(INPUT_BYTES);
  /** Bytes that were read and are not consumed yet. */
  #rest: Uint8Array = this.#input.subarray(0, 0);
  /** Offset in the file of the next read. */
  #readOffset: number;
  #inflater: Inflater | undefined;
  #crc = 0;
  #position = 0;
  #hasMember = false;
  #isAtBlockEnd = false;
  /** The restart point within a member at which decoding will begin. */
  #start: RestartPoint | undefined;
  #end: GzipEnd | undefined;

  /** Begins at a restart point, or at the start of the file. */
  constructor(file: Pick<LogFile, "read">, point?: RestartPoint) {
    this.#file = file;
    this.#readOffset = point?.inputOffset ?? 0;
    if (point === undefined) return;
    this.#position = point.contentOffset;
    this.#hasMember = true;
    if (point.dictionary === undefined) return;
    this.#crc = point.crc;
    this.#start = point;
  }

  /** Offset in the content of the next byte. */
  get position(): number {
    return this.#position;
  }

  /** How the file ends, once the end is reached. */
  get end(): GzipEnd | undefined {
    return this.#end;
  }

  /** Whether the next call reads the file. */
  get needsInput(): boolean {
    return this.#rest.length === 0;
  }

  /** Continues with another open file that has the same bytes. */
  readFrom(file: Pick<LogFile, "read">): void {
    this.#file = file;
  }

  /**
   * Decodes until `into` is full, a block ends, or the file must be read again; resolves to the number of bytes
   * produced. That may be 0 before the end: only {@linkcode end} reports the end.
   *
   * @throws {LogReadError}
   */
  async decode(into: Uint8Array): Promise<number> {
    this.#isAtBlockEnd = false;
    if (this.#end !== undefined) return 0;
    if (this.#rest.length === 0) await this.#readMore(1);
    if (this.#start !== undefined) this.#restart(this.#start);
    if (this.#inflater === undefined && this.#end === undefined) await this.#beginMember();
    if (this.#inflater === undefined) return 0;
    if (this.#rest.length === 0) await this.#readMore(1);
    if (this.#rest.length === 0) {
      this.#finish("damaged");
      return 0;
    }
    const { consumed, produced, state } = this.#inflater.decode(this.#rest, into);
    this.#crc = crc32(into.subarray(0, produced), this.#crc);
    this.#position += produced;
    this.#isAtBlockEnd = consumed > 0 && consumed < this.#rest.length && produced < into.length;
    // The last consumed byte stays in the buffer: a block may end within it.
    this.#rest = this.#rest.subarray(consumed);
    if (state === "failed") this.#finish("damaged");
    if (state === "ended") await this.#endMember();
    return produced;
  }

  /**
   * The decoder's state if it stopped at the end of a block, given the content before it. Undefined if it stopped
   * elsewhere, or if less than 32 KiB are given.
   */
  blockEnd(before: Uint8Array): BlockEnd | undefined {
    if (!this.#isAtBlockEnd || this.#end !== undefined || before.length < DICTIONARY_BYTES) return undefined;
    const from = this.#rest.byteOffset - 1;
    return {
      contentOffset: this.#position,
      inputOffset: this.#inputOffset(),
      crc: this.#crc,
      input: this.#input.slice(from, Math.min(from + TRIED_BYTES, from + 1 + this.#rest.length)),
      dictionary: before.slice(-DICTIONARY_BYTES),
    };
  }

  /** The restart point between two members, if decoding stopped there. */
  memberEnd(): RestartPoint | undefined {
    if (this.#inflater !== undefined || !this.#hasMember || this.#start !== undefined) return undefined;
    if (this.#end !== undefined) return undefined;
    const inputOffset = this.#inputOffset();
    return { contentOffset: this.#position, inputOffset, usedBits: 0, crc: 0, dictionary: undefined };
  }

  /** Frees the decoder's memory. */
  [Symbol.dispose](): void {
    this.#inflater?.[Symbol.dispose]();
    this.#inflater = undefined;
  }

  #inputOffset(): number {
    return this.#readOffset - this.#rest.length;
  }

  /** Reads until so many bytes are buffered, or the file ends. */
  async #readMore(count: number): Promise<void> {
    if (this.#rest.length >= count) return;
    this.#input.set(this.#rest);
    const kept = this.#rest.length;
    const read = await this.#file.read(this.#input.subarray(kept), this.#readOffset);
    this.#readOffset += read;
    this.#rest = this.#input.subarray(0, kept + read);
  }

  #restart(point: RestartPoint): void {
    this.#start = undefined;
    this.#inflater = inflaterFrom(point, this.#rest[0] ?? 0);
    if (this.#inflater === undefined) return this.#finish("damaged");
    if (point.usedBits > 0) this.#rest = this.#rest.subarray(1);
  }

  async #beginMember(): Promise<void> {
    await this.#readMore(MAX_HEADER_BYTES);
    const length = headerLength(this.#rest.subarray(0, MAX_HEADER_BYTES));
    if (length === undefined) return this.#finish(this.#hasMember && this.#isPadding() ? "whole" : "damaged");
    this.#rest = this.#rest.subarray(length);
    this.#hasMember = true;
    this.#crc = 0;
    this.#inflater = createInflater();
  }

  async #endMember(): Promise<void> {
    await this.#readMore(TRAILER_BYTES);
    this[Symbol.dispose]();
    const [a = 0, b = 0, c = 0, d = 0] = this.#rest;
    const isSound = this.#rest.length >= TRAILER_BYTES && (a | b << 8 | c << 16 | d << 24) >>> 0 === this.#crc;
    if (!isSound) return this.#finish("damaged");
    this.#rest = this.#rest.subarray(TRAILER_BYTES);
  }

  /** Reports whether only NUL bytes follow: some writers pad the file to a block. */
  #isPadding(): boolean {
    return this.#rest.length < MAX_HEADER_BYTES && this.#rest.every((byte) => byte === 0);
  }

  #finish(end: GzipEnd): void {
    this.#end = end;
    this[Symbol.dispose]();
  }
}

/** The length of the header at the start of these bytes; undefined if there is none. */
function headerLength(header: Uint8Array): number | undefined {
  const [first, second, method, flags = 0] = header;
  if (header.length < 10 || first !== 0x1f || second !== 0x8b || method !== 8) return undefined;
  let at = 10;
  if (flags & EXTRA) at += 2 + (header[at] ?? 0) + 256 * (header[at + 1] ?? 0);
  for (const flag of [NAME, COMMENT]) {
    if (!(flags & flag)) continue;
    const end = header.indexOf(0, at);
    if (end < 0) return undefined;
    at = end + 1;
  }
  if (flags & HEADER_CRC) at += 2;
  return at < header.length ? at : undefined;
}

/** Yields the content of a file piece by piece, each in the same memory; returns how the file ended. */
export async function* gzipPieces(
  file: Pick<LogFile, "read">,
  { pieceBytes }: { readonly pieceBytes: number },
): AsyncGenerator<Uint8Array, GzipEnd> {
  using decoder = new GzipDecoder(file);
  const piece = new Uint8Array(pieceBytes);
  let length = 0;
  while (decoder.end === undefined) {
    length += await decoder.decode(piece.subarray(length));
    if (length < pieceBytes && decoder.end === undefined && !decoder.needsInput) continue;
    if (length > 0) yield piece.subarray(0, length);
    length = 0;
  }
  return decoder.end;
}
