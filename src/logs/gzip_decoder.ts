/**
 * The content of a gzip file, member by member, as far as it is sound: all of it that comes before a fault.
 *
 * Decodes on request, into memory of the caller, and checks each member's CRC. Holds a few ten kilobytes.
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
/** Bytes of the file that are enough to try where a block ends. */
const TRIED_BYTES = 4 * 1024;

/** Flags of a member's header: RFC 1952. */
const HEADER_CRC = 2;
const EXTRA = 4;
const NAME = 8;
const COMMENT = 16;

/** How a gzip file ends: where its content does, or at a fault. */
export type GzipEnd = "whole" | "damaged";

/** Decodes one file; disposing of it does not close the file. */
export class GzipDecoder implements Disposable {
  #file: Pick<LogFile, "read">;
  readonly #input = new Uint8Array(INPUT_BYTES);
  /** Bytes that were read and not used yet. */
  #rest: Uint8Array = this.#input.subarray(0, 0);
  /** Where in the file the next bytes are read. */
  #readOffset: number;
  #inflater: Inflater | undefined;
  #crc = 0;
  #position = 0;
  #hasMember = false;
  #isAtBlockEnd = false;
  /** A place within a member at which decoding is to begin. */
  #start: RestartPoint | undefined;
  #end: GzipEnd | undefined;

  /** Begins at a point, or at the start of the file. */
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

  /** How much of the content was decoded, or lies before the point. */
  get position(): number {
    return this.#position;
  }

  /** How the file ends, once that is reached. */
  get end(): GzipEnd | undefined {
    return this.#end;
  }

  /** Whether the file must be read to go on. */
  get needsInput(): boolean {
    return this.#rest.length === 0;
  }

  /** Goes on with another open file of the same content. */
  readFrom(file: Pick<LogFile, "read">): void {
    this.#file = file;
  }

  /**
   * Decodes into `into` until it is full, a block ends, or more of the file must be read; resolves to how many bytes of content that gave. None may come
   * before the end: {@linkcode end} tells.
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
    // What was used last may be asked for: a block may end in it.
    this.#rest = this.#rest.subarray(consumed);
    if (state === "failed") this.#finish("damaged");
    if (state === "ended") await this.#endMember();
    return produced;
  }

  /** The end of a block at which decoding has stopped, given the content before it; undefined where it has not, or where too little is known. */
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

  /** The point between two members at which decoding has stopped. */
  memberEnd(): RestartPoint | undefined {
    if (this.#inflater !== undefined || !this.#hasMember || this.#start !== undefined) return undefined;
    if (this.#end !== undefined) return undefined;
    const inputOffset = this.#inputOffset();
    return { contentOffset: this.#position, inputOffset, usedBits: 0, crc: 0, dictionary: undefined };
  }

  /** Gives the decoder's memory back. */
  [Symbol.dispose](): void {
    this.#inflater?.[Symbol.dispose]();
    this.#inflater = undefined;
  }

  #inputOffset(): number {
    return this.#readOffset - this.#rest.length;
  }

  /** Reads until so many bytes are there, or the file ends. */
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

  /** Whether nothing but NUL follows: some writers fill up a block. */
  #isPadding(): boolean {
    return this.#rest.length < MAX_HEADER_BYTES && this.#rest.every((byte) => byte === 0);
  }

  #finish(end: GzipEnd): void {
    this.#end = end;
    this[Symbol.dispose]();
  }
}

/** How long the header is that these bytes begin with; undefined when they do not begin with one. */
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

/** The content of a file piece by piece, each overwritten by the next; returns how it ended. */
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
