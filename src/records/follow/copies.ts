/**
 * Copies that are made of a log before it is cut: what of the log was not read is read from its copy.
 *
 * A copy is known by its first bytes and, where it is not compressed, by those before the offset up to which the log
 * was read. In a compressed one those are compared when it is read.
 *
 * @module
 */
import { type LogFolders, LogNotFoundError, openAt, type OpenLogFile, TooManyFilesError } from "../../logs/log_file.ts";
import { beginsWith, contentBytes, gzippedHead } from "../../logs/gzipped_copy.ts";
import { type RotatedFile, siblingFiles } from "../../logs/rotated_files.ts";
import type { Cursor } from "./cursor.ts";

/** The cursor of a file that was cut, in another file if that is a copy of it. */
export function asCopy(cut: Cursor, file: OpenLogFile, options: { readonly isGzipped: boolean }): Cursor | undefined {
  const copy = cut.inCopy(file, options);
  return (options.isGzipped ? isGzippedCopyOf(cut, file) : isPlainCopy(copy)) ? copy : undefined;
}

function isPlainCopy(copy: Cursor): boolean {
  return (beginsWithTime(copy) || copy.offset > 0) && copy.file.size() >= copy.offset && copy.isIntact();
}

/** Decodes only the beginning of the content: the rest is compared when the copy is read. */
function isGzippedCopyOf(cut: Cursor, gzipped: OpenLogFile): boolean {
  if (contentBytes(gzipped) < cut.offset || !beginsWith(gzipped, cut.head)) return false;
  const start = gzippedHead(gzipped);
  if (start.length < cut.offset) return beginsWithTime(cut);
  const before = start.subarray(cut.offset - cut.marker.length, cut.offset);
  return (beginsWithTime(cut) || cut.offset > 0) && cut.marker.every((byte, at) => byte === before[at]);
}

/** Bytes of a time as the kubelet's runtimes write it. */
const TIME_BYTES = 30;

/** Whether what is known of a file's start tells it from all others: the beginning of a message does not. */
function beginsWithTime({ head }: Cursor): boolean {
  const [first = 0] = head;
  return head.length >= TIME_BYTES && first >= 0x30 && first <= 0x39;
}

/** Takes the copy of a file that was cut out of a queue: it may have been opened as a file that came after it. */
export function takeCopy(cut: Cursor, queue: Cursor[]): Cursor | undefined {
  for (const [at, { file, isGzipped }] of queue.entries()) {
    if (file.id === cut.file.id) continue;
    const copy = asCopy(cut, file, { isGzipped });
    if (copy === undefined) continue;
    queue.splice(at, 1);
    return copy;
  }
  return undefined;
}

/** Opens the copy of a file that was cut, beside it. */
export function openCopy(cut: Cursor, folders: LogFolders): { rotated: RotatedFile; cursor: Cursor } | undefined {
  for (const rotated of siblingsOf(cut).toReversed()) {
    if (rotated.id === cut.file.id) continue;
    const file = openIfMay(rotated.path, folders);
    if (file === undefined) continue;
    const cursor = asCopy(cut, file, { isGzipped: rotated.gzipped });
    if (cursor !== undefined) return { rotated, cursor };
    file[Symbol.dispose]();
  }
  return undefined;
}

/** The files beside a log, if they can be listed now. */
function siblingsOf({ file }: Cursor): readonly RotatedFile[] {
  try {
    return siblingFiles(file.path).files;
  } catch (error) {
    if (error instanceof TooManyFilesError) return [];
    throw error;
  }
}

/** Opens what is at a path, if that is possible now. */
function openIfMay(path: string, folders: LogFolders): OpenLogFile | undefined {
  try {
    return openAt(path, folders);
  } catch (error) {
    if (error instanceof LogNotFoundError || error instanceof TooManyFilesError) return undefined;
    throw error;
  }
}
