/**
 * Opening files under names that move while they are opened.
 *
 * A file that is there and cannot be opened is an error; one that has got another name meanwhile is none.
 *
 * @module
 */
import { dirname } from "node:path";
import { type LogFolders, LogNotFoundError, openAt, openLog, type OpenLogFile } from "../../logs/log_file.ts";
import { statLog } from "../../logs/log_stat.ts";
import type { RotatedFile } from "../../logs/rotated_files.ts";
import { Cursor } from "./cursor.ts";

/** Attempts at a name that leads to another file each time. */
const ATTEMPTS = 3;

/** The name of a followed log. */
export interface LinkName {
  /** The log's link. */
  readonly link: string;
  /** The name of the log's link. */
  readonly fileName: string;
  /** Where logs may lie. */
  readonly folders: LogFolders;
}

/** Which file a path leads to; none where it leads nowhere. */
export function idAt(path: string): string | undefined {
  const found = statLog(path);
  return found.kind === "file" ? found.id : undefined;
}

/**
 * Opens what the link leads to; where it leads nowhere any more, what has the name of the newest file. None where the
 * name leads elsewhere each time.
 *
 * @throws {LogNotFoundError} when it is there and cannot be opened
 */
export function openCurrent(newest: OpenLogFile, { link, fileName, folders }: LinkName): OpenLogFile | undefined {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const before = statLog(link);
    const path = before.kind === "file" ? link : newest.path;
    const id = before.kind === "file" ? before.id : idAt(path);
    try {
      return before.kind === "file" ? openLog(fileName, folders) : openAt(path, folders);
    } catch (error) {
      if (!(error instanceof LogNotFoundError)) throw error;
      // The same all the time: it cannot be opened. Otherwise it was moved: once more.
      if (id !== undefined && idAt(path) === id) throw error;
    }
  }
  return undefined;
}

/** Opens a rotated file, under its own name or that of the copy which took its place a moment ago. */
export function openRotated({ path, gzipped }: RotatedFile, folders: LogFolders): Cursor | undefined {
  const file = openIfThere(path, folders);
  if (file !== undefined) return new Cursor(file, { isGzipped: gzipped });
  const copy = gzipped ? undefined : openIfThere(`${path}.gz`, folders);
  return copy && new Cursor(copy, { isGzipped: true });
}

/**
 * Opens what has the newest file's name in the folder that the link has left, unless that is the newest file itself.
 */
export function openInOldFolder(
  current: OpenLogFile,
  newest: OpenLogFile,
  folders: LogFolders,
): OpenLogFile | undefined {
  if (dirname(current.path) === dirname(newest.path)) return undefined;
  const file = openIfThere(newest.path, folders);
  if (file === undefined || (file.id !== newest.id && file.id !== current.id)) return file;
  file[Symbol.dispose]();
  return undefined;
}

/** Opens what is at a path. @throws {LogNotFoundError} when there is a file, and it cannot be opened */
function openIfThere(path: string, folders: LogFolders): OpenLogFile | undefined {
  const id = idAt(path);
  try {
    return openAt(path, folders);
  } catch (error) {
    if (!(error instanceof LogNotFoundError)) throw error;
    if (id !== undefined && idAt(path) === id) throw error;
    return undefined;
  }
}
