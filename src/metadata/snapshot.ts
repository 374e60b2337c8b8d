/**
 * Which container logs there are: one look at the containers folder.
 *
 * Promises that no single entry fails the rest: what is gone, may not be read, leads out of the roots or is no regular file is left out and told to `onSkip`.
 * Nothing is opened, so nothing can block.
 *
 * @module
 */
import { setImmediate } from "node:timers/promises";
import { isUnder, type LogFolders } from "../logs/log_file.ts";
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
  readonly onSkip?: ((fileName: string, reason: string) => void) | undefined;
  /** Ends the look; it rejects with the signal's reason. */
  readonly signal: AbortSignal;
}

/** Logs that are looked at in one turn: about a millisecond's worth. */
const LOGS_PER_TURN = 128;

/**
 * The logs in the containers folder, in the folder's order.
 *
 * @throws {LogFolderError} when the folder cannot be read
 */
export async function listLogs(
  folders: LogFolders,
  options: SnapshotOptions,
): Promise<LogMetadata[]> {
  const { includes, onSkip, signal } = options;
  const logs: LogMetadata[] = [];
  let looked = 0;
  for (const fileName of fileNames(folders.containerLogsDir)) {
    const name = parseLogFileName(fileName);
    if (name === undefined || !includes(name.namespace)) continue;
    const log = metadataOf(fileName, name, folders);
    if (typeof log === "string") onSkip?.(fileName, log);
    else logs.push(log);
    if (++looked % LOGS_PER_TURN === 0) {
      await setImmediate();
      signal.throwIfAborted();
    }
  }
  return logs;
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

/** The log behind one link, or why it is not listed. */
function metadataOf(
  fileName: string,
  name: LogName,
  folders: LogFolders,
): LogMetadata | string {
  try {
    const path = Deno.realPathSync(`${folders.containerLogsDir}/${fileName}`);
    if (!isUnder(path, folders.roots)) {
      return "its target lies outside the log roots";
    }
    const info = Deno.statSync(path);
    return info.isFile ? { name, size: info.size, modifiedMs: info.mtime?.getTime() ?? 0 } : "it is not a regular file";
  } catch (error) {
    return error instanceof Error
      ? `${error.name}: ${(error as { code?: string }).code ?? error.message}`
      : String(error);
  }
}
