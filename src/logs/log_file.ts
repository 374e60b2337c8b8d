/**
 * Opening the file behind a container log's link, and reading it by position.
 *
 * Promises that what is opened is a regular file whose resolved path lies under one of the roots: Deno's read
 * permission follows links out of its folders, so the containment is here. Opens without blocking (a FIFO would hold a
 * thread for ever) and never for writing.
 *
 * @module
 */
import fs from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { fileId } from "./file_id.ts";
import { isOpen, isSameFile, isStillAt, registerOpen } from "./open_files.ts";
import { readAt, readFully, type ReadOptions } from "./read_at.ts";

/** A resolved path, under the roots, of what was a regular file. Only this module makes one. */
export type LogPath = string & { readonly brand: "LogPath" };

/** Where logs may lie. */
export interface LogFolders {
  /** The folder of the kubelet's links, e.g. `/var/log/containers`. */
  readonly containerLogsDir: string;
  /** Resolved folders under which a link's target may lie. */
  readonly roots: readonly string[];
}

/** A root that cannot be one. */
export class LogRootError extends TypeError {
  /** The class, as an error log shows it. */
  override readonly name = "LogRootError";
}

/**
 * There is no such log, or it may not be read: the message is for the caller. Where something is there that may not be
 * opened, or is none of the logs, the `cause` has the reason; it is not for the caller.
 */
export class LogNotFoundError extends Deno.errors.NotFound {
  /** The class, as an error log shows it. */
  override readonly name = "LogNotFoundError";
}

/** The file is there, but reading it failed: what was delivered so far is not all. */
export class LogReadError extends Error {
  /** The class, as an error log shows it. */
  override readonly name: string = "LogReadError";
}

/** The process has no file descriptor left. */
export class TooManyFilesError extends Error {
  /** The class, as an error log shows it. */
  override readonly name = "TooManyFilesError";
}

/** The state of a file in the file system now. */
export interface FileState {
  /** Bytes. */
  readonly size: number;
  /** Names that lead to it; none: it is deleted. */
  readonly links: number;
  /** When it was last written, in milliseconds since 1970. */
  readonly modifiedMs: number;
}

/** An open log file. Reads are by position: the state of a reader is an offset, not the file's. */
export interface LogFile extends Disposable {
  /** The resolved path. */
  readonly path: LogPath;
  /** Its size in bytes, asked anew. */
  size(): number;
  /**
   * Reads from byte `position` on until `into` is full or the file ends; resolves to the number of bytes read.
   * Rejects with the signal's reason when a read that waits for others has not begun yet.
   *
   * @throws {LogReadError} naming the position
   */
  read(into: Uint8Array, position: number, options?: ReadOptions): Promise<number>;
}

/** An open log file, with what a follow has to know of it. */
export interface OpenLogFile extends LogFile {
  /** Which file it is, whatever its names: device and inode. No other has the same while it is open. */
  readonly id: string;
  /** What is known of it, asked anew. */
  state(): FileState;
  /** Reads as `read` does, at once: for a few bytes that were read or written a moment ago. */
  peek(into: Uint8Array, position: number): number;
}

const MESSAGES: Readonly<Record<string, string>> = {
  ENOENT: "No such file or directory",
  ENOTDIR: "Not a directory",
  ELOOP: "Too many levels of symbolic links",
  ENAMETOOLONG: "File name too long",
  EACCES: "Permission denied",
  EPERM: "Operation not permitted",
  EISDIR: "Is a directory",
  EIO: "Input/output error",
  EMFILE: "Too many open files",
};

/** The system's text for an error code, as the original agent shows it: `No such file or directory (os error 2)`. */
export function systemErrorText(code: string | undefined): string {
  const number = (constants.errno as Readonly<Record<string, number>>)[code ?? ""];
  return number === undefined ? "Input/output error" : `${MESSAGES[code ?? ""] ?? code} (os error ${number})`;
}

function codeOf(error: unknown): string | undefined {
  return (error as { code?: string }).code;
}

/**
 * Resolved forms of the roots; one that does not exist (yet) is taken as written.
 *
 * @throws {LogRootError} when a root is not an absolute path, or the runtime has no permission to read it
 */
export function resolveRoots(roots: readonly string[]): string[] {
  return roots.map((root) => {
    if (!root.startsWith("/")) {
      throw new LogRootError(
        `Cannot use log root ${JSON.stringify(root)}: it must be an absolute path`,
      );
    }
    try {
      return fs.realpathSync(root);
    } catch (error) {
      if (codeOf(error) !== undefined && !(error instanceof Deno.errors.NotCapable)) return join(root, ".");
      const { message } = error as Error;
      throw new LogRootError(`Cannot use log root ${JSON.stringify(root)}: ${message}`, { cause: error });
    }
  });
}

/** Whether a resolved path lies in one of the resolved folders. */
export function isUnder(path: string, roots: readonly string[]): boolean {
  return roots.some((root) => root === "/" || path.startsWith(`${root}/`));
}

/**
 * Opens the log behind a link in the containers folder. Synchronous: a few system calls of microseconds each, none of
 * which can block; handing each to another thread and back takes longer than they do.
 *
 * @throws {LogNotFoundError} when there is none, it may not be read, lies outside the roots or is not a regular file
 * @throws {TooManyFilesError}
 */
export function openLog(fileName: string, folders: LogFolders): OpenLogFile {
  return openAt(join(folders.containerLogsDir, fileName), folders);
}

/**
 * Opens a log by a path: that of a rotated file.
 *
 * @throws {LogNotFoundError} as `openLog` does
 * @throws {TooManyFilesError}
 */
export function openAt(link: string, folders: LogFolders): OpenLogFile {
  try {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const file = openOnce(link, folders.roots);
      if (file === "swapped") continue;
      if ("reason" in file) throw refusal(link, "ENOENT", file.reason);
      return file;
    }
  } catch (error) {
    throw accessError(error, link);
  }
  throw refusal(link, "ENOENT", "another file has got its name each time that it was opened");
}

/** Attempts at a log whose name is given to another file at each of them, as a rotation does once. */
const MAX_ATTEMPTS = 4;

/**
 * Opens the file behind a link: a reason where that is none of the logs, `swapped` where it was not the same file all
 * the time.
 */
function openOnce(link: string, roots: readonly string[]): OpenLogFile | "swapped" | { readonly reason: string } {
  const path = fs.realpathSync(link);
  // The target of a link that leads out is not read: the answer is that of a missing log.
  if (!isUnder(path, roots)) return { reason: "its target lies outside the log roots" };
  const checked = fs.statSync(path, { bigint: true });
  if (!checked.isFile()) return { reason: "it is not a regular file" };
  const descriptor = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  try {
    const opened = fs.fstatSync(descriptor, { bigint: true });
    const id = fileId(opened);
    if (
      opened.isFile() && isSameFile(opened, checked) && (isOpen(id, path) || isStillAt(path, opened))
    ) return logFile(descriptor, path as LogPath, id);
  } catch (error) {
    fs.closeSync(descriptor);
    throw error;
  }
  fs.closeSync(descriptor);
  return "swapped";
}

function refusal(link: string, code: string, cause?: unknown): LogNotFoundError {
  const message = `failed to access log file ${link}: ${systemErrorText(code)}`;
  return new LogNotFoundError(message, cause === undefined ? {} : { cause });
}

/** Codes of what is not there, which callers ask for every day. */
const MISSING = new Set(["ENOENT", "ENOTDIR", "ENAMETOOLONG"]);

function accessError(error: unknown, link: string): Error {
  if (error instanceof LogNotFoundError) return error;
  const code = codeOf(error);
  if (code === "EMFILE" || code === "ENFILE") {
    return new TooManyFilesError("Cannot open the log: too many open files", {
      cause: error,
    });
  }
  if (code === undefined && !(error instanceof Deno.errors.NotCapable)) {
    return error as Error;
  }
  return refusal(link, code ?? "EACCES", MISSING.has(code ?? "") ? undefined : error);
}

function readError(error: unknown, position: number): LogReadError {
  return new LogReadError(`Cannot read the log at byte ${position}: ${systemErrorText(codeOf(error))}`, {
    cause: error,
  });
}

type WholeReadOptions = ReadOptions & { readonly position: number };

/** Reads up to `into.length` bytes, fewer only where the file ends. */
async function readWhole(descriptor: number, into: Uint8Array, options: WholeReadOptions): Promise<number> {
  const { position, signal } = options;
  const readSome = async (part: Uint8Array, at: number): Promise<number> => {
    try {
      return await readAt(descriptor, part, { position: at, signal });
    } catch (error) {
      signal?.throwIfAborted();
      throw readError(error, at);
    }
  };
  const read = await readSome(into, position);
  if (read === 0 || read === into.length) return read;
  // Fewer bytes than asked for are mostly the end of the file. To have another thread find that out takes as long as a
  // fifth of a small stream; this thread asks for one byte.
  const more = readByte(descriptor, into.subarray(read), position + read);
  return more === 0
    ? read
    : read + more + await readFully(into.subarray(read + more), position + read + more, readSome);
}

function readByte(descriptor: number, into: Uint8Array, position: number): number {
  try {
    return fs.readSync(descriptor, into, 0, 1, position);
  } catch (error) {
    throw readError(error, position);
  }
}

function logFile(descriptor: number, path: LogPath, id: string): OpenLogFile {
  const registration = registerOpen(id, path);
  return {
    path,
    id,
    size: () => fs.fstatSync(descriptor).size,
    state: () => {
      const { size, nlink, mtimeMs } = fs.fstatSync(descriptor);
      return { size, links: nlink, modifiedMs: Math.floor(mtimeMs) };
    },
    peek: (into, position) => {
      try {
        return fs.readSync(descriptor, into, 0, into.length, position);
      } catch (error) {
        throw readError(error, position);
      }
    },
    read: (into, position, { signal } = {}) => readWhole(descriptor, into, { position, signal }),
    [Symbol.dispose]: () => {
      registration[Symbol.dispose]();
      fs.closeSync(descriptor);
    },
  };
}
