/**
 * Which container logs there are: one look at the containers folder.
 *
 * Promises that no single entry fails the rest: what is gone, may not be read, leads out of the roots or is no regular file is left out and told to `onSkip`.
 * Nothing is opened, so nothing can block.
 *
 * @module
 */
import { setImmediate } from "node:timers/promises";
import { fileId, isUnder, type LogFolders } from "../logs/log_file.ts";
import { type LogName, parseLogFileName } from "../logs/log_name.ts";

/** One log, as the list shows it. */
export interface LogMetadata {
  /** Whose log it is. */
  readonly name: LogName;
  /** Its size in bytes. */
  readonly size: number;
  /** When it was last written, in milliseconds since 1970. */
  readonly modifiedMs: number;
}

/** One log of a snapshot. */
export interface LogEntry extends LogMetadata {
  /** Which file it is: device and inode. */
  readonly id: string;
}

/** Why a log is left out: there is none behind the link that could be one, or it cannot be looked at now. */
export type SkipKind = "gone" | "unreadable";

/** The containers folder is not there. */
export class LogFolderError extends Deno.errors.NotFound {
  /** The class, as an error log shows it. */
  override readonly name = "LogFolderError";
}

/** What is listed. */
export interface SnapshotOptions {
  /** Whether a namespace's logs are wanted. */
  readonly includes: (namespace: string) => boolean;
  /** Told of each wanted log that is left out, and why. */
  readonly onSkip?: ((fileName: string, reason: string, kind: SkipKind) => void) | undefined;
  /** An earlier look: where a link still leads to the same file, that is not checked again. */
  readonly known?: ReadonlyMap<string, LogEntry> | undefined;
  /** Ends the look; it rejects with the signal's reason. */
  readonly signal: AbortSignal;
}

/** Logs that are looked at in one turn: about a millisecond's worth. */
const LOGS_PER_TURN = 128;

/**
 * The logs in the containers folder, by the names of their links, in the folder's order.
 *
 * @throws {LogFolderError} when the folder cannot be read
 */
export async function lookAtLogs(folders: LogFolders, options: SnapshotOptions): Promise<Map<string, LogEntry>> {
  const { includes, onSkip, known, signal } = options;
  const logs = new Map<string, LogEntry>();
  let looked = 0;
  for (const fileName of fileNames(folders.containerLogsDir)) {
    const before = known?.get(fileName);
    const name = before?.name ?? parseLogFileName(fileName);
    if (name === undefined || !includes(name.namespace)) continue;
    const log = sameEntry(fileName, before, folders) ?? entryOf(fileName, name, folders);
    if ("reason" in log) onSkip?.(fileName, log.reason, log.kind);
    else logs.set(fileName, log);
    if (++looked % LOGS_PER_TURN === 0) {
      await setImmediate();
      signal.throwIfAborted();
    }
  }
  return logs;
}

/**
 * The logs in the containers folder, in the folder's order.
 *
 * @throws {LogFolderError} when the folder cannot be read
 */
export async function listLogs(folders: LogFolders, options: SnapshotOptions): Promise<LogMetadata[]> {
  const logs = await lookAtLogs(folders, options);
  return Array.from(logs.values(), ({ name, size, modifiedMs }) => ({ name, size, modifiedMs }));
}

function fileNames(folder: string): string[] {
  try {
    return Array.from(Deno.readDirSync(folder), (entry) => entry.name);
  } catch (error) {
    throw new LogFolderError(`Log directory not found: ${folder}`, {
      cause: error,
    });
  }
}

/** A log whose link leads to the file that it led to before; a quarter of the cost of finding out anew where it lies. */
function sameEntry(fileName: string, before: LogEntry | undefined, folders: LogFolders): LogEntry | undefined {
  if (before === undefined) return undefined;
  try {
    const info = Deno.statSync(`${folders.containerLogsDir}/${fileName}`);
    if (fileId(info) !== before.id || !info.isFile) return undefined;
    const { size, mtime } = info;
    const modifiedMs = mtime?.getTime() ?? 0;
    return size === before.size && modifiedMs === before.modifiedMs ? before : { ...before, size, modifiedMs };
  } catch {
    // Why that is so is found by the look that follows.
    return undefined;
  }
}

interface Skipped {
  readonly reason: string;
  readonly kind: SkipKind;
}

/** The log behind one link, or why it is not listed. */
function entryOf(fileName: string, name: LogName, folders: LogFolders): LogEntry | Skipped {
  try {
    const path = Deno.realPathSync(`${folders.containerLogsDir}/${fileName}`);
    if (!isUnder(path, folders.roots)) return { reason: "its target lies outside the log roots", kind: "gone" };
    const info = Deno.statSync(path);
    if (!info.isFile) return { reason: "it is not a regular file", kind: "gone" };
    return { name, id: fileId(info), size: info.size, modifiedMs: info.mtime?.getTime() ?? 0 };
  } catch (error) {
    const reason = error instanceof Error
      ? `${error.name}: ${(error as { code?: string }).code ?? error.message}`
      : String(error);
    return { reason, kind: error instanceof Deno.errors.NotFound ? "gone" : "unreadable" };
  }
}
