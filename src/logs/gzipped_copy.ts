/**
 * What a compressed file holds, and whether it is the copy of a log that was read: told by a few bytes, without decoding it all.
 *
 * A rotated log that is compressed gets another name and another inode; what it holds is all that it has in common with the file that it was made of. The
 * first bytes hold the time of the first line, or a good part of it, and a gzip file ends with the length of its content.
 *
 * @module
 */
import { constants, gunzipSync } from "node:zlib";
import { type LogFolders, LogNotFoundError, openAt, type OpenLogFile } from "./log_file.ts";
import { statLog } from "./log_stat.ts";
import type { RotatedFile } from "./rotated_files.ts";

/** What is known of a log's content. */
export interface KnownContent {
  /** Its first bytes, some of them. */
  readonly head: Uint8Array;
  /** How many bytes it has. */
  readonly bytes: number;
}

/** Compressed bytes that are decoded. */
const SAMPLE_BYTES = 4 * 1024;
/** Bytes of an open log that are compared. */
const HEAD_BYTES = 1024;

/** What there is to know of an open log. */
export function contentOf(log: OpenLogFile): KnownContent {
  const head = new Uint8Array(HEAD_BYTES);
  return { head: head.subarray(0, log.peek(head, 0)), bytes: log.size() };
}

/** How many bytes a compressed file holds, as it says itself; the same modulo 4 GiB. */
export function contentBytes(packed: OpenLogFile): number {
  const trailer = new Uint8Array(4);
  if (packed.peek(trailer, Math.max(0, packed.size() - 4)) < 4) return 0;
  const [a = 0, b = 0, c = 0, d = 0] = trailer;
  return (a | b << 8 | c << 16 | d << 24) >>> 0;
}

/** Whether a compressed file holds this content. Of nothing there is no copy: all that are empty are alike. */
export function isCopyOf(packed: OpenLogFile, { head, bytes }: KnownContent): boolean {
  return contentBytes(packed) === bytes % 2 ** 32 && beginsWith(packed, head);
}

/** Whether the content of a compressed file begins with these bytes, as far as it is decoded; with none of them it does not. */
export function beginsWith(packed: OpenLogFile, head: Uint8Array): boolean {
  const start = packedHead(packed);
  const compared = Math.min(head.length, start.length);
  return compared > 0 &&
    start.subarray(0, compared).every((byte, at) => byte === head[at]);
}

/** The first bytes of a compressed file's content, as many as its first 4 KiB hold; none where it is no such file. */
export function packedHead(packed: OpenLogFile): Uint8Array {
  const sample = new Uint8Array(Math.min(SAMPLE_BYTES, packed.size()));
  return startOf(sample.subarray(0, packed.peek(sample, 0)));
}

/** Whether a rotated file is the compressed copy of one of these contents; one that is gone is none. */
export function isGzippedCopy(
  { path, gzipped }: RotatedFile,
  contents: readonly KnownContent[],
  folders: LogFolders,
): boolean {
  if (!gzipped) return false;
  try {
    using packed = openAt(path, folders);
    // Twice in use, or the bundle's minifier drops the `using`.
    return packed.size() > 0 && contents.some((content) => isCopyOf(packed, content));
  } catch (error) {
    if (!(error instanceof LogNotFoundError)) throw error;
    return false;
  }
}

/**
 * Where a log is among the rotated files that were listed after it was opened: as itself, or as its copy, which may be there before it is gone; behind them
 * all where it still has its name, or is not among them.
 */
export function placeAmong(rotated: readonly RotatedFile[], log: OpenLogFile, folders: LogFolders): number {
  const itself = rotated.findIndex(({ id }) => id === log.id);
  if (itself >= 0) return itself;
  const named = statLog(log.path);
  if (named.kind === "file" && named.id === log.id) return rotated.length;
  const contents = [contentOf(log)];
  const copy = rotated.findIndex((file) => isGzippedCopy(file, contents, folders));
  return copy < 0 ? rotated.length : copy;
}

/** What the first bytes of a compressed file decode to. */
function startOf(sample: Uint8Array): Uint8Array {
  try {
    return gunzipSync(sample, { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    // Not compressed, or damaged: none that was made of a log.
    return new Uint8Array();
  }
}
