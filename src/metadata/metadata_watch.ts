/**
 * How the set of logs changes: differences between one scan of the containers folder and the next.
 *
 * One scan serves all callers. Each has its own list of changes to report, and takes them when it likes. What happens
 * to a log meanwhile is folded into one change, so that a slow caller costs no more than there are logs. No folder is
 * watched, since this one holds little but links that lead out of it. A log that cannot be read keeps the state that
 * was seen last; nothing about one log ends a watch.
 *
 * @module
 */
import { isSameStat } from "../logs/log_stat.ts";
import { abortable } from "../scheduling/abortable.ts";
import { createPoller, type Poller } from "../scheduling/poller.ts";
import type { LogName } from "../logs/log_name.ts";
import type { LogDirectory, LogEntry } from "./log_directory.ts";

/** One change of one log. */
export interface LogEvent {
  /** What happened since the last event about it. */
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  /** Whose log it is. */
  readonly name: LogName;
  /** Its size in bytes, 0 for one that is gone. */
  readonly size: number;
  /** When it was last written, in milliseconds since 1970; unset for one that is gone. */
  readonly modifiedMs: number | undefined;
}

/** What one caller watches. */
export interface WatchOptions {
  /** Whether a namespace's logs are wanted. */
  readonly includes: (namespace: string) => boolean;
  /** Ends the watch; the generator rejects with its reason. */
  readonly signal: AbortSignal;
}

/** Watches for all callers. */
export interface MetadataWatch {
  /**
   * Begins to watch: the generator reports what changes after this has resolved, in an order of its own.
   *
   * @throws {LogFolderError}
   */
  open(options: WatchOptions): Promise<AsyncGenerator<LogEvent, never>>;
  /** Scans now; resolves when changes have been found. While somebody watches, a poller does so too. */
  scan(): Promise<void>;
}

/** What can be set. */
export interface MetadataWatchOptions {
  /** Scans the logs. */
  readonly directory: LogDirectory;
  /** Called for each log that is left out, with the reason; once until it is seen again. */
  readonly onSkip?: ((fileName: string, reason: string) => void) | undefined;
  /** Scans while somebody watches. @default {a poller of its own} */
  readonly poller?: Poller | undefined;
  /** Milliseconds for which changes of a log are collected; the time between two scans counts. @default {2000} */
  readonly gatherMs?: number;
  /** A clock in milliseconds that does not step. @default {performance.now} */
  readonly clock?: () => number;
}

/** A change that was not reported to a caller yet. */
interface Pending {
  /** The log as the caller knows it. */
  readonly before: LogEntry | undefined;
  readonly dueMs: number;
}

interface Watcher {
  readonly includes: (namespace: string) => boolean;
  readonly pending: Map<string, Pending>;
  wake: (() => void) | undefined;
}

/** Returns a watch of the containers folder; nothing runs while nobody watches. */
export function createMetadataWatch(options: MetadataWatchOptions): MetadataWatch {
  return new SharedMetadataWatch(options);
}

class SharedMetadataWatch implements MetadataWatch {
  readonly #directory: LogDirectory;
  readonly #onSkip: ((fileName: string, reason: string) => void) | undefined;
  readonly #poller: Poller;
  readonly #gatherMs: number;
  readonly #clock: () => number;
  readonly #watchers = new Set<Watcher>();
  /** The logs of the last scan. */
  #logs = new Map<string, LogEntry>();
  /** Names of logs that could not be read in the last scan, and those with their reasons. */
  #unreadable = new Set<string>();
  #scannedMs = -Infinity;
  #scanning: Promise<void> | undefined;
  #nextScan: Promise<void> | undefined;
  #polled: Disposable | undefined;
  /** Milliseconds for which the last scan kept others waiting. */
  #spentMs = 0;

  constructor(options: MetadataWatchOptions) {
    this.#directory = options.directory;
    this.#onSkip = options.onSkip;
    this.#poller = options.poller ?? createPoller();
    this.#gatherMs = options.gatherMs ?? 2000;
    this.#clock = options.clock ?? (() => performance.now());
  }

  async open({ includes, signal }: WatchOptions): Promise<AsyncGenerator<LogEvent, never>> {
    await this.scan();
    signal.throwIfAborted();
    const watcher: Watcher = { includes, pending: new Map(), wake: undefined };
    this.#watchers.add(watcher);
    // A generator that is never asked does not end by itself.
    signal.addEventListener("abort", () => this.#close(watcher), { once: true });
    this.#polled ??= this.#poller.add(() => this.#poll());
    return this.#events(watcher, signal);
  }

  scan(): Promise<void> {
    if (this.#scanning === undefined) {
      this.#scanning = this.#scanOnce().finally(() => {
        this.#scanning = undefined;
      });
      return this.#scanning;
    }
    this.#nextScan ??= this.#scanning.catch(() => {}).then(() => {
      this.#nextScan = undefined;
      return this.scan();
    });
    return this.#nextScan;
  }

  async #poll(): Promise<number> {
    try {
      await this.scan();
      return this.#spentMs;
    } catch (error) {
      // The folder is not there for now. Its logs are not reported as deleted, since that is not known.
      this.#onSkip?.(this.#directory.folder, error instanceof Error ? error.message : String(error));
      return 0;
    }
  }

  async #scanOnce(): Promise<void> {
    const failing = new Set<string>();
    const found = new Map<string, LogEntry>();
    this.#spentMs = await this.#directory.scan({
      includes: () => true,
      onLog: (log) => void found.set(log.fileName, log),
      signal: new AbortController().signal,
      onSkip: (fileName, reason, kind) => {
        if (kind === "unreadable") failing.add(fileName);
        if (!this.#unreadable.has(`${fileName} ${reason}`)) this.#onSkip?.(fileName, reason);
        failing.add(`${fileName} ${reason}`);
      },
    });
    for (const fileName of failing) {
      const before = this.#logs.get(fileName);
      if (before !== undefined) found.set(fileName, before);
    }
    this.#unreadable = failing;
    if (this.#watchers.size > 0) this.#gather(found);
    this.#logs = found;
    this.#scannedMs = this.#clock();
    for (const watcher of this.#watchers) if (this.#nextDue(watcher) !== undefined) watcher.wake?.();
  }

  #gather(found: ReadonlyMap<string, LogEntry>): void {
    const dueMs = this.#clock() + Math.max(0, this.#gatherMs - (this.#clock() - this.#scannedMs));
    for (const [fileName, before] of this.#logs) {
      const after = found.get(fileName);
      if (after === undefined || !isSameStat(before, after)) this.#note(fileName, { before, dueMs });
    }
    for (const [fileName, { name }] of found) {
      if (!this.#logs.has(fileName)) this.#note(fileName, { before: undefined, dueMs }, name);
    }
  }

  #note(fileName: string, change: Pending, name = change.before?.name): void {
    if (name === undefined) return;
    for (const { includes, pending } of this.#watchers) {
      if (includes(name.namespace) && !pending.has(fileName)) pending.set(fileName, change);
    }
  }

  /** Returns the first change that is due. */
  #nextDue({ pending }: Watcher): [string, Pending] | undefined {
    // In the order of their times.
    for (const entry of pending) return entry[1].dueMs <= this.#clock() ? entry : undefined;
    return undefined;
  }

  /** Returns the next change to report, if one is due. */
  #takeEvent(watcher: Watcher): LogEvent | undefined {
    for (let due = this.#nextDue(watcher); due !== undefined; due = this.#nextDue(watcher)) {
      const [fileName, { before }] = due;
      watcher.pending.delete(fileName);
      const after = this.#logs.get(fileName);
      if (after === undefined) {
        if (before !== undefined) return { type: "DELETED", name: before.name, size: 0, modifiedMs: undefined };
      } else if (before === undefined || !isSameStat(before, after)) {
        const { name, size, modifiedMs } = after;
        return { type: before === undefined ? "ADDED" : "MODIFIED", name, size, modifiedMs };
      }
    }
    return undefined;
  }

  async *#events(watcher: Watcher, signal: AbortSignal): AsyncGenerator<LogEvent, never> {
    try {
      while (true) {
        signal.throwIfAborted();
        const event = this.#takeEvent(watcher);
        if (event !== undefined) yield event;
        else {
          const { promise, resolve } = Promise.withResolvers<void>();
          watcher.wake = resolve;
          await abortable(promise, { signal });
          watcher.wake = undefined;
        }
      }
    } finally {
      this.#close(watcher);
    }
  }

  #close(watcher: Watcher): void {
    this.#watchers.delete(watcher);
    if (this.#watchers.size > 0) return;
    this.#polled?.[Symbol.dispose]();
    this.#polled = undefined;
    this.#logs = new Map();
  }
}
