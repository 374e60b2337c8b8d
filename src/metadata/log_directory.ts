/**
 * Which container logs there are: looks at the containers folder.
 *
 * Promises that no single entry fails the rest: what is gone, may not be read, leads out of the roots or is no regular
 * file is left out and told to `onSkip`. Nothing is opened, so nothing can block; a look is spread over short turns.
 * Where a link still leads to the file that was found to lie under the roots before, that is not found out anew: it
 * takes more than all the rest.
 *
 * @module
 */
import { join } from "node:path";
import { fileId, isUnder, type LogFolders, TooManyFilesError } from "../logs/log_file.ts";
import type { FileStat } from "../logs/log_stat.ts";
import { type LogName, parseLogFileName } from "../logs/log_name.ts";
import { nextSlice } from "../scheduling/time_slice.ts";

/** One log, as the list shows it. */
export interface LogMetadata {
  /** Whose log it is. */
  readonly name: LogName;
  /** Its size in bytes. */
  readonly size: number;
  /** When it was last written, in milliseconds since 1970. */
  readonly modifiedMs: number;
}

/** One log of a look. */
export interface LogEntry extends LogMetadata, FileStat {
  /** The name of its link. */
  readonly fileName: string;
}

/** Why a log is left out: there is none behind the link that could be one, or it cannot be looked at now. */
export type SkipKind = "gone" | "unreadable";

/** The containers folder is not there. */
export class LogFolderError extends Deno.errors.NotFound {
  /** The class, as an error log shows it. */
  override readonly name = "LogFolderError";
}

/** What is looked at, and who is told. */
export interface DirectoryScanOptions {
  /** Whether a namespace's logs are wanted. */
  readonly includes: (namespace: string) => boolean;
  /** Told of each wanted log, in the folder's order. What was not changed since an earlier look is the same object. */
  readonly onLog: (log: LogEntry) => void;
  /** Told of each wanted log that is left out, and why. */
  readonly onSkip?: ((fileName: string, reason: string, kind: SkipKind) => void) | undefined;
  /** Ends the look; it rejects with the signal's reason. */
  readonly signal: AbortSignal;
}

/** Looks at the containers folder. */
export interface LogDirectory {
  /** The folder. */
  readonly folder: string;
  /**
   * Looks once; resolves to the milliseconds for which it kept others waiting, in all.
   *
   * @throws {LogFolderError} when the folder cannot be read
   * @throws {TooManyFilesError} when the process has no file descriptor left
   */
  scan(options: DirectoryScanOptions): Promise<number>;
  /**
   * What was seen behind a link of the folder after that time of `performance.now()`; undefined if nobody has looked,
   * or no log was there.
   */
  seenAt(link: string, sinceMs: number): LogEntry | undefined;
}

/** What can be set. */
export interface LogDirectoryOptions {
  /** Asks for the place of a link's target. @default {Deno.realPathSync} */
  readonly realPath?: (path: string) => string;
  /** Reads the names in a folder. @default {by Deno.readDir} */
  readonly readNames?: (folder: string) => Promise<readonly string[]>;
  /** Logs that are looked at in one turn. @default {16} */
  readonly logsPerSlice?: number;
  /** Waits for the next turn. @default {turn} */
  readonly yieldSlice?: () => Promise<void>;
}

/** What reading a name in the folder takes, on the machine on which this was written. */
const MS_PER_NAME = 0.002;
/** A folder that was changed longer ago has another time once it is changed again, however coarse its clock is. */
const SETTLED_MS = 2_000;

/** Looks at one folder that share what they know of its links. */
export function createLogDirectory(folders: LogFolders, options: LogDirectoryOptions = {}): LogDirectory {
  const { realPath = Deno.realPathSync, readNames = namesIn, logsPerSlice = 16, yieldSlice = nextSlice } = options;
  /** The logs as they were seen last, and when. */
  const known = new Map<string, Seen>();
  /** What the links' paths begin with; known when it is first asked for, since nothing is to be looked at before. */
  let prefix: string | undefined;
  /** The names as they were read last, and the folder as it was before. */
  let last: { readonly names: readonly string[]; readonly folder: string; readonly isSettled: boolean } | undefined;

  /**
   * The names in the folder: it is only read where it has changed, or may have since within the same tick of its
   * clock.
   */
  async function names(): Promise<readonly string[]> {
    const { containerLogsDir: folder } = folders;
    try {
      const info = await Deno.stat(folder);
      const modifiedMs = info.mtime?.getTime() ?? Infinity;
      const state = `${fileId(info)} ${modifiedMs}`;
      if (last?.folder === state && last.isSettled) return last.names;
      const isSettled = Date.now() - modifiedMs > SETTLED_MS;
      last = { names: await readNames(folder), folder: state, isSettled };
      forgetAllBut(last.names);
      return last.names;
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === "EMFILE" || code === "ENFILE") {
        throw new TooManyFilesError("Cannot look at the logs: too many open files", { cause: error });
      }
      throw new LogFolderError(`Log directory not found: ${folder}`, { cause: error });
    }
  }

  /** A log whose link leads to the file that it led to before. */
  function sameEntry(before: LogEntry): LogEntry | undefined {
    try {
      const info = Deno.statSync(`${folders.containerLogsDir}/${before.fileName}`);
      if (fileId(info) !== before.id || !info.isFile) return undefined;
      const { size, mtime } = info;
      const modifiedMs = mtime?.getTime() ?? 0;
      return size === before.size && modifiedMs === before.modifiedMs ? before : { ...before, size, modifiedMs };
    } catch {
      // Why that is so is found by the look that follows.
      return undefined;
    }
  }

  /** The log behind one link, or why it is not listed. */
  function entryOf(fileName: string, name: LogName): LogEntry | Skipped {
    try {
      const path = realPath(`${folders.containerLogsDir}/${fileName}`);
      if (!isUnder(path, folders.roots)) return { reason: "its target lies outside the log roots", kind: "gone" };
      const info = Deno.statSync(path);
      if (!info.isFile) return { reason: "it is not a regular file", kind: "gone" };
      return {
        kind: "file",
        fileName,
        name,
        id: fileId(info),
        size: info.size,
        modifiedMs: info.mtime?.getTime() ?? 0,
      };
    } catch (error) {
      const reason = error instanceof Error
        ? `${error.name}: ${(error as { code?: string }).code ?? error.message}`
        : String(error);
      return { reason, kind: error instanceof Deno.errors.NotFound ? "gone" : "unreadable" };
    }
  }

  /** Looks at one link. */
  function lookAt(fileName: string, { includes, onLog, onSkip }: DirectoryScanOptions, seenMs: number): boolean {
    const before = known.get(fileName);
    const name = before?.log.name ?? parseLogFileName(fileName);
    if (name === undefined || !includes(name.namespace)) return false;
    const log = (before === undefined ? undefined : sameEntry(before.log)) ?? entryOf(fileName, name);
    if ("reason" in log) {
      known.delete(fileName);
      onSkip?.(fileName, log.reason, log.kind);
      return true;
    }
    if (before === undefined) {
      known.set(log.fileName, { log, seenMs });
    } else {
      before.log = log;
      before.seenMs = seenMs;
    }
    onLog(log);
    return true;
  }

  function forgetAllBut(fileNames: readonly string[]): void {
    const there = new Set(fileNames);
    for (const fileName of known.keys()) if (!there.has(fileName)) known.delete(fileName);
  }

  return {
    get folder() {
      return folders.containerLogsDir;
    },
    seenAt: (link, sinceMs) => {
      prefix ??= join(folders.containerLogsDir, "/");
      const seen = link.startsWith(prefix) ? known.get(link.slice(prefix.length)) : undefined;
      return seen !== undefined && seen.seenMs > sinceMs ? seen.log : undefined;
    },
    scan: async (options) => {
      const { signal } = options;
      let spentMs = 0;
      /** Does a part of it in a turn. */
      const inTurn = async (part: (beganMs: number) => void): Promise<void> => {
        await yieldSlice();
        signal.throwIfAborted();
        const beganMs = performance.now();
        part(beganMs);
        spentMs += performance.now() - beganMs;
      };
      const before = last?.names;
      const fileNames = await names();
      // How long that took says more about what else was going on.
      if (fileNames !== before) spentMs += fileNames.length * MS_PER_NAME;
      for (let next = 0; next < fileNames.length;) {
        await inTurn((beganMs) => {
          for (let looked = 0; looked < logsPerSlice && next < fileNames.length; next++) {
            if (lookAt(fileNames[next] ?? "", options, beganMs)) looked++;
          }
        });
      }
      return spentMs;
    },
  };
}

async function namesIn(folder: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(folder)) names.push(name);
  return names;
}

interface Seen {
  log: LogEntry;
  seenMs: number;
}

interface Skipped {
  readonly reason: string;
  readonly kind: SkipKind;
}
