/**
 * Reads the first bytes of a plain or gzipped log, and the first time in them.
 *
 * It reads few bytes first, and more only if they hold no record.
 *
 * @module
 */
import { byteLines } from "./byte_lines.ts";
import { gzipPieces } from "./gzip_decoder.ts";
import { formatOfContent } from "./line_format.ts";
import { emptyHead } from "./line_head.ts";
import type { LogFile } from "./log_file.ts";
import type { Time } from "./time.ts";

/**
 * Bytes of content that are searched for a time: the first size mostly suffices, the last holds any runtime's line.
 */
const SAMPLED_BYTES = [16 * 1024, 256 * 1024] as const;
/** Bytes that identify a content. */
const HEAD_BYTES = 1024;
/** Bytes of a gzipped content that are decoded at once. */
const PIECE_BYTES = 16 * 1024;

/** The first bytes of files in unsupported formats: xz, zstd, bzip2, lz4. */
const UNSUPPORTED = [[0xfd, 0x37, 0x7a, 0x58], [0x28, 0xb5, 0x2f, 0xfd], [0x42, 0x5a, 0x68], [0x04, 0x22, 0x4d, 0x18]];

/** The encoding of a log file. */
export type LogEncoding = "plain" | "gzip" | "unsupported";

/** The start of a log's content. */
export interface LogStart {
  /** The encoding, as the first bytes show it. */
  readonly encoding: LogEncoding;
  /** The first bytes of the content, at most 1 KiB. */
  readonly head: Uint8Array;
  /** The first time in it, unless it is far from the start. */
  readonly time: Readonly<Time> | undefined;
}

/**
 * Reads the start of a file's content.
 *
 * @throws {LogReadError}
 */
export async function readLogStart(file: LogFile, { signal }: { readonly signal: AbortSignal }): Promise<LogStart> {
  const encoding = await encodingOf(file);
  let content: Uint8Array = new Uint8Array();
  let time: Readonly<Time> | undefined;
  for (const bytes of SAMPLED_BYTES) {
    content = encoding === "gzip" ? await inflated(file, bytes) : await plain(file, bytes);
    signal.throwIfAborted();
    time = firstTimeIn(content, file.path);
    if (time !== undefined || content.length < bytes) break;
  }
  return { encoding, head: content.slice(0, HEAD_BYTES), time };
}

async function encodingOf(file: LogFile): Promise<LogEncoding> {
  const magic = new Uint8Array(4);
  const first = magic.subarray(0, await file.read(magic, 0));
  if (first[0] === 0x1f && first[1] === 0x8b) return "gzip";
  return UNSUPPORTED.some((bytes) => bytes.every((byte, at) => byte === first[at])) ? "unsupported" : "plain";
}

/** Finds the time of the first line that is a record. */
export function firstTimeIn(content: Uint8Array, path: string): Readonly<Time> | undefined {
  const format = formatOfContent(content, path);
  const head = emptyHead();
  for (const { start, end } of byteLines(content)) {
    // Zero stands for an unreadable time.
    if (format.read(content, start, end, head) && head.seconds !== 0) {
      return { seconds: head.seconds, nanos: head.nanos };
    }
  }
  return undefined;
}

async function plain(file: LogFile, bytes: number): Promise<Uint8Array> {
  const into = new Uint8Array(Math.min(bytes, file.size()));
  return into.subarray(0, await file.read(into, 0));
}

async function inflated(file: LogFile, bytes: number): Promise<Uint8Array> {
  const content = new Uint8Array(bytes);
  let length = 0;
  for await (const piece of gzipPieces(file, { pieceBytes: PIECE_BYTES })) {
    const part = piece.subarray(0, bytes - length);
    content.set(part, length);
    length += part.length;
    if (length === bytes) break;
  }
  return content.subarray(0, length);
}
