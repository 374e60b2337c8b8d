/**
 * A position in a log: which of its files, and how far into it.
 *
 * @module
 */
import { type LogFolders, LogNotFoundError, openAt, type OpenLogFile } from "../logs/log_file.ts";
import { type FileStat, statLog } from "../logs/log_stat.ts";
import { fileOfWriter } from "../logs/recent_rotation.ts";
import { rotatedFiles } from "../logs/rotated_files.ts";

/** A position in a log. */
export interface LogPosition {
  /** The file: device and inode. */
  readonly id: string;
  /** Bytes from its start. */
  readonly offset: number;
}

/** How far back the start of an unfinished line is searched for, in bytes. */
const SEARCHED_BYTES = 64 * 1024;
const LINE_FEED = 0x0a;

/** Whether a line ends right before an offset. */
export function endsLine(file: Pick<OpenLogFile, "peek">, offset: number): boolean {
  const last = new Uint8Array(1);
  return file.peek(last, offset - 1) === 1 && last[0] === LINE_FEED;
}

/** Where a file ends, or where its last line begins, if that is not finished and begins not far from there. */
export function endOfFile(file: Pick<OpenLogFile, "id" | "size" | "peek">): LogPosition {
  const { id } = file;
  const size = file.size();
  const from = Math.max(0, size - SEARCHED_BYTES);
  if (size === 0 || endsLine(file, size)) return { id, offset: size };
  const back = new Uint8Array(size - from);
  const read = file.peek(back, from);
  const feed = back.subarray(0, read).lastIndexOf(LINE_FEED);
  return { id, offset: feed >= 0 ? from + feed + 1 : from === 0 ? 0 : size };
}

/** A position in a file that is open. */
export interface OpenPosition {
  /** The file. */
  readonly file: OpenLogFile;
  /** Where in it. */
  readonly position: LogPosition;
}

/**
 * Returns where a follow from the end of `live` begins: at `past`, up to which the log has just been read, or else
 * where the log ends: in the file that was rotated a moment ago, while its writer may be in it. May open another file.
 */
export function followStart(
  live: OpenLogFile,
  past: LogPosition | undefined,
  options: { readonly folders: LogFolders },
): OpenPosition {
  const end = endOfFile(live);
  if (past === undefined) return endOfWriter(live, end, options);
  if (past.id === live.id) return { file: live, position: past.offset < end.offset ? past : end };
  // The log was rotated since.
  const rotated = rotatedFiles(live.path).find(({ id }) => id === past.id);
  const file = rotated && openIfSame(rotated.path, { ...options, id: past.id });
  // All that is in the file was written since; what was still written to the other one is gone with it.
  if (file === undefined) return { file: live, position: { id: live.id, offset: 0 } };
  const rotatedEnd = endOfFile(file);
  return { file, position: past.offset < rotatedEnd.offset ? past : rotatedEnd };
}

/** Returns where a log ends that is rotated just now: in the renamed file, until there is something in the new one. */
function endOfWriter(
  live: OpenLogFile,
  end: LogPosition,
  { folders }: { readonly folders: LogFolders },
): OpenPosition {
  const file = end.offset > 0 ? undefined : openFileOfWriter(live, folders);
  return file === undefined ? { file: live, position: end } : { file, position: endOfFile(file) };
}

/** Where the rotated file ends that the writer of an empty log may be in; undefined where there is none. */
export function rotatedEnd(live: OpenLogFile, folders: LogFolders): LogPosition | undefined {
  const file = openFileOfWriter(live, folders);
  const end = file && { id: file.id, offset: file.size() };
  file?.[Symbol.dispose]();
  return end;
}

function openFileOfWriter(live: OpenLogFile, folders: LogFolders): OpenLogFile | undefined {
  const rotated = fileOfWriter(live);
  return rotated && openIfSame(rotated.path, { folders, id: rotated.id });
}

function openIfSame(
  path: string,
  { id, folders }: { readonly id: string; readonly folders: LogFolders },
): OpenLogFile | undefined {
  try {
    const file = openAt(path, folders);
    if (file.id === id) return file;
    file[Symbol.dispose]();
  } catch (error) {
    // Removed, or compressed a moment ago.
    if (!(error instanceof LogNotFoundError)) throw error;
  }
  return undefined;
}

/**
 * Returns the file that a log's link leads to; undefined where there is none, or the system does not say: whoever opens
 * the log next gets the reason.
 */
export function linkTarget(link: string): FileStat | undefined {
  try {
    const target = statLog(link);
    return target.kind === "file" ? target : undefined;
  } catch {
    return undefined;
  }
}
