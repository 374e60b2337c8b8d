/**
 * Which container logs there are: scans of the containers folder.
 *
 * Promises that no single entry fails the rest. What is gone, may not be read, leads out of the roots or is no regular
 * file is left out and reported to `onSkip`. Nothing is opened, so nothing can block; a scan is divided into time
 * slices. The target of a link is resolved again only when the link leads to another file than before: that takes more
 * time than all the rest.
 *
 * @module
 */
import { join } from "node:path";
import { fileId } from "../logs/file_id.ts";
import { isUnder, type LogFolders, TooManyFilesError } from "../logs/log_file.ts";
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

/** One log of a scan. */
export interface LogEntry extends LogMetadata, FileStat {
  /** The name of its link. */
  readonly fileName: string;
}

/** Why a log is left out: the link leads to no log, or it cannot be read now. */
export type SkipKind = "gone" | "unreadable";

/** The containers folder is not there. */
export class LogFolderError extends Deno.errors.NotFound {
  /** The class, as an error log shows it. */
  override readonly name = "LogFolderError";
}

/** What is scanned, and what is called. */
export interface DirectoryScanOptions {
  /** Whether a namespace's logs are wanted. */
  readonly includes: (namespace: string) => boolean;
  /**
   * Called with each wanted log, in the folder's order; one that has not changed since the last scan is the same
   * object.
   */
  readonly onLog: (log: LogEntry) => void;
  /** Called for each wanted log that is left out, with the reason. */
  readonly onSkip?: ((fileName: string, reason: string, kind: SkipKind) => void) | undefined;
  /** Ends the scan; it rejects with the signal's reason. */
  readonly signal: AbortSignal;
}

/** The containers folder. */
export interface LogDirectory {
  /** The folder. */
  readonly folder: string;
  /**
   * Scans once; resolves to the milliseconds for which it kept others waiting, in all.
   *
   * @throws {LogFolderError} when the folder cannot be read
   * @throws {TooManyFilesError} when the process has no file descriptor left
   */
  scan(options: DirectoryScanOptions): Promise<number>;
  /**
   * Returns what was seen behind a link of the folder after that time of `performance.now()`; undefined if there was no
   * scan, or no log there.
   */
  seenAt(link: string, sinceMs: number): LogEntry | undefined;
}

/** What can be set. */
export interface LogDirectoryOptions {
  /** Resolves a link's target. @default {Deno.realPathSync} */
  readonly realPath?: (path: string) => string;
  /** Reads the names in a folder. @default {by Deno.readDir} */
  readonly readNames?: (folder: string) => Promise<readonly string[]>;
  /** Logs that are read in one time slice. @default {16} */
  readonly logsPerSlice?: number;
  /** Waits for the next time slice. Rejects with the signal's reason. @default {nextSlice} */
  readonly yieldSlice?: (options: { readonly signal: AbortSignal }) => Promise<void>;
}

/** What reading a name in the folder takes, on the machine on which this was written. */
const MS_PER_NAME = 0.002;
/** A folder that was changed longer ago has another time once it is changed again, however coarse its clock is. */
const FINAL_MS = 2_000;

/** Returns scans of one folder that share what they know of its links. */
export function createLogDirectory(folders: LogFolders, options: LogDirectoryOptions = {}): LogDirectory {
  return new ScannedLogDirectory(folders, options);
}

class ScannedLogDirectory implements LogDirectory {
  readonly #folders: LogFolders;
  readonly #realPath: (path: string) => string;
  readonly #readNames: (folder: string) => Promise<readonly string[]>;
  readonly #logsPerSlice: number;
  readonly #yieldSlice: NonNullable<LogDirectoryOptions["yieldSlice"]>;
  /** The logs as they were seen last, and when. */
  readonly #known = new Map<string, Seen>();
  /** What the links' paths begin with; set by the first call, since nothing is read before. */
  #prefix: string | undefined;
  /** The names as they were read last, and the folder as it was before. */
  #last: { readonly names: readonly string[]; readonly folder: string; readonly isFinal: boolean } | undefined;

  constructor(folders: LogFolders, options: LogDirectoryOptions) {
    this.#folders = folders;
    this.#realPath = options.realPath ?? Deno.realPathSync;
    this.#readNames = options.readNames ?? namesIn;
    this.#logsPerSlice = options.logsPerSlice ?? 16;
    this.#yieldSlice = options.yieldSlice ?? nextSlice;
  }

  get folder(): string {
    return this.#folders.containerLogsDir;
  }

  seenAt(link: string, sinceMs: number): LogEntry | undefined {
    this.#prefix ??= join(this.folder, "/");
    const seen = link.startsWith(this.#prefix) ? this.#known.get(link.slice(this.#prefix.length)) : undefined;
    return seen !== undefined && seen.seenMs > sinceMs ? seen.log : undefined;
  }

  async scan(options: DirectoryScanOptions): Promise<number> {
    let spentMs = 0;
    const before = this.#last?.names;
    const fileNames = await this.#names();
    // How long that took says more about what else was going on.
    if (fileNames !== before) spentMs += fileNames.length * MS_PER_NAME;
    for (let next = 0; next < fileNames.length;) {
      await this.#yieldSlice(options);
      const beganMs = performance.now();
      for (let scanned = 0; scanned < this.#logsPerSlice && next < fileNames.length; next++) {
        if (this.#scanLink(fileNames[next] ?? "", options, beganMs)) scanned++;
      }
      spentMs += performance.now() - beganMs;
    }
    return spentMs;
  }

  /**
   * Returns the names in the folder. It is read only if it has changed, or may have within the same tick of its clock.
   */
  async #names(): Promise<readonly string[]> {
    const { folder } = this;
    try {
      const info = await Deno.stat(folder);
      const modifiedMs = info.mtime?.getTime() ?? Infinity;
      const state = `${fileId(info)} ${modifiedMs}`;
      if (this.#last?.folder === state && this.#last.isFinal) return this.#last.names;
      const isFinal = Date.now() - modifiedMs > FINAL_MS;
      const names = await this.#readNames(folder);
      this.#last = { names, folder: state, isFinal };
      this.#forgetAllBut(names);
      return names;
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === "EMFILE" || code === "ENFILE") {
        throw new TooManyFilesError("Cannot look at the logs: too many open files", { cause: error });
      }
      throw new LogFolderError(`Log directory not found: ${folder}`, { cause: error });
    }
  }

  #forgetAllBut(fileNames: readonly string[]): void {
    const there = new Set(fileNames);
    for (const fileName of this.#known.keys()) if (!there.has(fileName)) this.#known.delete(fileName);
  }

  /** Stats one link; reports whether it is one of a wanted log. */
  #scanLink(fileName: string, { includes, onLog, onSkip }: DirectoryScanOptions, seenMs: number): boolean {
    const before = this.#known.get(fileName);
    const name = before?.log.name ?? parseLogFileName(fileName);
    if (name === undefined || !includes(name.namespace)) return false;
    const log = (before === undefined ? undefined : this.#sameEntry(before.log)) ?? this.#entryOf(fileName, name);
    if ("reason" in log) {
      this.#known.delete(fileName);
      onSkip?.(fileName, log.reason, log.kind);
      return true;
    }
    if (before === undefined) {
      this.#known.set(log.fileName, { log, seenMs });
    } else {
      before.log = log;
      before.seenMs = seenMs;
    }
    onLog(log);
    return true;
  }

  /** Returns a log whose link leads to the file that it led to before. */
  #sameEntry(before: LogEntry): LogEntry | undefined {
    try {
      const info = Deno.statSync(`${this.folder}/${before.fileName}`);
      if (fileId(info) !== before.id || !info.isFile) return undefined;
      const { size, mtime } = info;
      const modifiedMs = mtime?.getTime() ?? 0;
      return size === before.size && modifiedMs === before.modifiedMs ? before : { ...before, size, modifiedMs };
    } catch {
      // The reason is found by what follows.
      return undefined;
    }
  }

  /** Returns the log behind one link, or why it is not listed. */
  #entryOf(fileName: string, name: LogName): LogEntry | Skipped {
    try {
      const path = this.#realPath(`${this.folder}/${fileName}`);
      if (!isUnder(path, this.#folders.roots)) return { reason: "its target lies outside the log roots", kind: "gone" };
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
