/**
 * The content of a gzip file, member by member, as far as it is sound.
 *
 * Gives what was decoded before a fault, which `createGunzip` throws away; checks each member's CRC.
 *
 * @module
 */
import { crc32, createInflateRaw } from "node:zlib";
import type { LogFile } from "./log_file.ts";

/** What can be set. */
export interface InflateOptions {
  /** How much is given to the decoder at once; what comes out of it at once is a thousand times that at most. @default {8192} */
  readonly inputBytes?: number | undefined;
  /** The size of a piece of the content, but the last of each. @default {16384} */
  readonly pieceBytes?: number | undefined;
  /** How much of the content right before a damage may be missing; for less than a piece, what is damaged is decoded twice. @default a piece */
  readonly lostBytes?: number | undefined;
}

/** So little that what comes out is some megabytes at most. */
const INPUT_BYTES = 8 * 1024;
const PIECE_BYTES = 16 * 1024;
const TRAILER_BYTES = 8;

/** Flags of a member's header: RFC 1952. */
const HEADER_CRC = 2;
const EXTRA = 4;
const NAME = 8;
const COMMENT = 16;

/** How a compressed file ends: where its content does, or at a fault. */
export type InflateEnd = "whole" | "damaged";

/** Gives the content piece by piece; returns how it ended. */
export async function* inflate(file: LogFile, options: InflateOptions = {}): AsyncGenerator<Uint8Array, InflateEnd> {
  for (let offset = 0; offset === 0 || offset < file.size();) {
    const body = await bodyOffset(file, offset);
    if (body === undefined) return offset > 0 && await isPadding(file, offset) ? "whole" : "damaged";
    const next = yield* member(file, body, options);
    if (next === undefined) return "damaged";
    offset = next;
  }
  return "whole";
}

/** Gives the content of one member; returns where the next one begins, or `undefined` when this one is damaged. */
async function* member(
  file: LogFile,
  body: number,
  options: InflateOptions,
): AsyncGenerator<Uint8Array, number | undefined> {
  const { inputBytes = INPUT_BYTES, pieceBytes = PIECE_BYTES, lostBytes = pieceBytes } = options;
  let given = 0;
  const decoder = createInflateRaw({ chunkSize: pieceBytes });
  let pieces: Uint8Array[] = [];
  let state: "open" | "ended" | "failed" = "open";
  let crc = 0;
  decoder.on("data", (piece: Uint8Array) => pieces.push(piece));
  const over = new Promise<void>((resolve) => {
    decoder.on("end", () => resolve(void (state = "ended")));
    decoder.on("error", () => resolve(void (state = "failed")));
  });
  const isOpen = (): boolean => state === "open";
  const hasEnded = (): boolean => state === "ended";
  try {
    for (let at = body; isOpen();) {
      const input = new Uint8Array(inputBytes);
      const read = await file.read(input, at);
      at += read;
      if (read === 0) decoder.end();
      const taken = read === 0
        ? over
        : new Promise<void>((resolve) => decoder.write(input.subarray(0, read), () => resolve()));
      await Promise.race([taken, over]);
      for (const piece of pieces) {
        crc = crc32(piece, crc);
        given += piece.length;
        yield piece;
      }
      pieces = [];
    }
    if (!hasEnded()) {
      // Of the piece in which the damage is, the decoder gives nothing.
      if (lostBytes < pieceBytes) yield* rest(member(file, body, { inputBytes, pieceBytes: lostBytes }), given);
      return undefined;
    }
    const end = body + decoder.bytesWritten;
    const trailer = new Uint8Array(TRAILER_BYTES);
    if (await file.read(trailer, end) < TRAILER_BYTES) return undefined;
    const [a = 0, b = 0, c = 0, d = 0] = trailer;
    return (a | b << 8 | c << 16 | d << 24) >>> 0 === crc ? end + TRAILER_BYTES : undefined;
  } finally {
    decoder.destroy();
  }
}

/** All but the first `count` bytes. */
async function* rest(pieces: AsyncIterable<Uint8Array>, count: number): AsyncGenerator<Uint8Array> {
  let left = count;
  for await (const piece of pieces) {
    if (piece.length > left) yield piece.subarray(left);
    left = Math.max(0, left - piece.length);
  }
}

/** Where the compressed bytes of the member at `offset` begin; `undefined` when there is none. */
async function bodyOffset(file: LogFile, offset: number): Promise<number | undefined> {
  const bytes = new Uint8Array(INPUT_BYTES);
  const read = await file.read(bytes, offset);
  const header = bytes.subarray(0, read);
  const [first, second, method, flags = 0] = header;
  if (read < 10 || first !== 0x1f || second !== 0x8b || method !== 8) return undefined;
  let at = 10;
  if (flags & EXTRA) at += 2 + (header[at] ?? 0) + 256 * (header[at + 1] ?? 0);
  for (const flag of [NAME, COMMENT]) {
    if (!(flags & flag)) continue;
    const end = header.indexOf(0, at);
    if (end < 0) return undefined;
    at = end + 1;
  }
  if (flags & HEADER_CRC) at += 2;
  return at < read ? offset + at : undefined;
}

/** Whether nothing but NUL follows: some writers fill up a block. */
async function isPadding(file: LogFile, offset: number): Promise<boolean> {
  const bytes = new Uint8Array(INPUT_BYTES);
  const read = await file.read(bytes, offset);
  return read < bytes.length && bytes.subarray(0, read).every((byte) => byte === 0);
}
