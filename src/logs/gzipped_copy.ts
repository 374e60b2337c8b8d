/**
 * Compares a gzipped file with a log by a few bytes, without decoding all of it.
 *
 * A log that is compressed gets another name and another inode, so only the content identifies it. The first bytes
 * hold the time of the first line, and a gzip file ends with the length of its content.
 *
 * @module
 */
import { constants, gunzipSync } from "node:zlib";
import { type LogFolders, LogNotFoundError, openAt, type OpenLogFile } from "./log_file.ts";
import { statLog } from "./log_stat.ts";
import type { RotatedFile } from "./rotated_files.ts";

/** The known part of a log's content. */
export interface KnownContent {
  /** Some of its first bytes. */
  readonly head: Uint8Array;
  /** Its length in bytes. */
  readonly bytes: number;
}

/** How many compressed bytes are decoded. */
const SAMPLE_BYTES = 4 * 1024;
/** How many bytes of an open log are compared. */
const HEAD_BYTES = 1024;

/** The first bytes and the length of an open log. */
export function contentOf(log: OpenLogFile): KnownContent {
  const head = new Uint8Array(HEAD_BYTES);
  return { head: head.subarray(0, log.peek(head, 0)), bytes: log.size() };
}

/** The length of a gzipped file's content modulo 4 GiB, as its last bytes state it. */
export function contentBytes(gzipped: OpenLogFile): number {
  const trailer = new Uint8Array(4);
  if (gzipped.peek(trailer, Math.max(0, gzipped.size() - 4)) < 4) return 0;
  const [a = 0, b = 0, c = 0, d = 0] = trailer;
  return (a | b << 8 | c << 16 | d << 24) >>> 0;
}

/** Reports whether a gzipped file holds this content. An empty content has no copy, since all of them are alike. */
export function isCopyOf(gzipped: OpenLogFile, { head, bytes }: KnownContent): boolean {
  return contentBytes(gzipped) === bytes % 2 ** 32 && beginsWith(gzipped, head);
}

/** Reports whether the decoded start of a gzipped file and these bytes agree, and neither is empty. */
export function beginsWith(gzipped: OpenLogFile, head: Uint8Array): boolean {
  const start = gzippedHead(gzipped);
  const compared = Math.min(head.length, start.length);
  return compared > 0 &&
    start.subarray(0, compared).every((byte, at) => byte === head[at]);
}

/** The content of the first 4 KiB of a gzipped file; empty if it is not one. */
export function gzippedHead(gzipped: OpenLogFile): Uint8Array {
  const sample = new Uint8Array(Math.min(SAMPLE_BYTES, gzipped.size()));
  return startOf(sample.subarray(0, gzipped.peek(sample, 0)));
}

/** Reports whether a rotated file is the gzipped copy of one of these contents; false if the file is gone. */
export function isGzippedCopy(
  { path, gzipped }: RotatedFile,
  contents: readonly KnownContent[],
  folders: LogFolders,
): boolean {
  if (!gzipped) return false;
  try {
    using file = openAt(path, folders);
    // Used twice, or the bundle's minifier drops the `using`.
    return file.size() > 0 && contents.some((content) => isCopyOf(file, content));
  } catch (error) {
    if (!(error instanceof LogNotFoundError)) throw error;
    return false;
  }
}

/**
 * The index of a log among rotated files that were listed after it was opened: that of the file itself, or of its
 * copy, which may exist before the file is removed. The number of files if the log still has its name, or is not among
 * them.
 */
export function indexAmong(rotated: readonly RotatedFile[], log: OpenLogFile, folders: LogFolders): number {
  const itself = rotated.findIndex(({ id }) => id === log.id);
  if (itself >= 0) return itself;
  const named = statLog(log.path);
  if (named.kind === "file" && named.id === log.id) return rotated.length;
  const contents = [contentOf(log)];
  const copy = rotated.findIndex((file) => isGzippedCopy(file, contents, folders));
  return copy < 0 ? rotated.length : copy;
}

/** Decodes the first bytes of a gzipped file. */
function startOf(sample: Uint8Array): Uint8Array {
  try {
    return gunzipSync(sample, { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    // Not gzipped, or damaged: not the copy of a log.
    return new Uint8Array();
  }
}
