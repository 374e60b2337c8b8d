/**
 * Reports that a log may have changed: by the one watcher of the process, and by polling.
 *
 * Owns one `Deno.watchFs` over the folders of all logs that somebody waits for, made anew when that set changes. Its
 * events are hints. Some never come (links that lead out of the watched folder, file systems without events, an
 * overflow), and some mean nothing. So every listener is also called by a {@linkcode Poller}. Without a watcher polling
 * alone goes on, and `onProblem` is called; another watcher is tried after a minute.
 *
 * @module
 */
import { dirname } from "node:path";
import { setImmediate } from "node:timers/promises";
import { FolderWatcher } from "./_folder_watcher.ts";
import { type ChangeListener, type Listener, Listeners, type WatchedPaths } from "./_listeners.ts";
import { isUnder } from "./log_file.ts";
import { type LogStat, statLog } from "./log_stat.ts";
import { createPoller, type Poller } from "../scheduling/poller.ts";

export type { ChangeKind, ChangeListener, WatchedPaths } from "./_listeners.ts";

/** Reports when logs may have changed. */
export interface LogChanges extends Disposable {
  /** Calls `listener` whenever something may have changed at the paths; until disposed of. */
  watch(paths: WatchedPaths, listener: ChangeListener): Disposable;
  /** How many folders are watched; the logs of others are only polled. */
  watchedFolders(): number;
}

/** What can be set. */
export interface LogChangesOptions {
  /**
   * Resolved folders that most logs lie under, at any depth. Deno searches the watched folders for that of each event,
   * one after the other, and opens both of each pair: with 500 of them a written line takes a millisecond and a half. A
   * folder that all of them lie under, watched before them, is found at once.
   *
   * @default {[]}
   */
  readonly roots?: readonly string[];
  /** Called when there are no events, or no longer. */
  readonly onProblem?: ((message: string) => void) | undefined;
  /** Which calls listeners. @default {a poller of its own} */
  readonly poller?: Poller;
  /** Milliseconds from a change of the folders to the new watcher, at least. @default {20} */
  readonly settleMs?: number;
  /** Milliseconds after which what could not be watched is tried again. @default {60_000} */
  readonly retryMs?: number;
  /** Finds where a link leads. @default {statLog} */
  readonly stat?: (link: string) => LogStat;
  /** What others have seen at a link after that time of `performance.now()`, if they have. @default {nothing} */
  readonly seenAt?: ((link: string, sinceMs: number) => LogStat | undefined) | undefined;
  /** Watches folders. @default {Deno.watchFs} */
  readonly watchFs?: (folders: string[], options: { recursive: boolean }) => Deno.FsWatcher;
}

/** A new watcher takes up at most one part in so many. */
const REMAKE_SHARE = 20;
/** Milliseconds after which what could not be watched is tried again. */
const RETRY_MS = 60_000;
/** Listeners that are called in one time slice. */
const LISTENERS_PER_SLICE = 64;

/** Returns the changes of all logs; nothing runs while nobody waits. */
export function createLogChanges(options: LogChangesOptions = {}): LogChanges {
  return new SharedLogChanges(options);
}

class SharedLogChanges implements LogChanges {
  readonly #options: LogChangesOptions;
  readonly #poller: Poller;
  readonly #stat: (link: string) => LogStat;
  readonly #listeners = new Listeners();
  readonly #watcher: FolderWatcher;
  readonly #disposed = new AbortController();
  #polled: Disposable | undefined;
  #remakeTimer: ReturnType<typeof setTimeout> | undefined;
  #remakeMs = 0;
  #isRemaking = false;
  /** Whether the folders have changed while the watcher was made anew. */
  #isOutdated = false;
  #isReported = false;
  #retryAt = 0;

  constructor(options: LogChangesOptions) {
    this.#options = options;
    this.#poller = options.poller ?? createPoller();
    this.#stat = options.stat ?? statLog;
    this.#watcher = new FolderWatcher({
      onEvent: (event) => this.#onEvent(event),
      onEnd: (error) => this.#pollOnly(error),
      onAvoid: (folder) => {
        options.onProblem?.(`Cannot watch log folder ${folder}, polling it instead: there is a FIFO in it`);
      },
      watchFs: options.watchFs,
      avoidMs: options.retryMs ?? RETRY_MS,
    });
  }

  watch(paths: WatchedPaths, onChange: ChangeListener): Disposable {
    const listener: Listener = { paths, onChange, statMs: 0 };
    this.#listeners.add(listener);
    if (this.#isRemaking || !this.#isWatched(paths)) this.#remakeSoon();
    this.#polled ??= this.#poller.add(() => this.#poll());
    return { [Symbol.dispose]: () => this.#remove(listener) };
  }

  watchedFolders(): number {
    return this.#watcher.folders.size;
  }

  [Symbol.dispose](): void {
    this.#disposed.abort();
    this.#listeners.clear();
    this.#stopTimers();
    this.#watcher[Symbol.dispose]();
  }

  #remove(listener: Listener): void {
    if (!this.#listeners.delete(listener)) return;
    if (this.#listeners.all.size === 0) {
      this.#stopTimers();
      void this.#remake();
    } else if (!this.#listeners.hasPath(listener.paths.folder)) this.#remakeSoon();
  }

  #stopTimers(): void {
    this.#polled?.[Symbol.dispose]();
    this.#polled = undefined;
    clearTimeout(this.#remakeTimer);
    this.#remakeTimer = undefined;
  }

  #onEvent({ kind, paths, flag }: Deno.FsEvent): void {
    if (flag === "rescan") return this.#notifyAll(this.#listeners.all);
    if (kind === "modify" && paths.length === 1) return this.#onModified(paths[0] ?? "");
    if (kind === "remove") {
      for (const path of paths) if (this.#watcher.forget(path)) this.#remakeSoon();
    }
    this.#notifyAll(new Set(paths.flatMap((path) => [...this.#listeners.at(path)])));
  }

  /** The event of each written line. */
  #onModified(path: string): void {
    for (const one of [...this.#listeners.at(path)]) this.#notify(one, one.paths.file === path ? "written" : "event");
  }

  #notifyAll(listeners: Iterable<Listener>): void {
    for (const one of [...listeners]) this.#notify(one, "event");
  }

  #notify(one: Listener, kind: "written" | "event"): void {
    if (!this.#listeners.all.has(one)) return;
    one.onChange(kind, () => {
      one.statMs = performance.now();
      return this.#stat(one.paths.link);
    });
  }

  async #poll(): Promise<number> {
    let spentMs = 0;
    let began = performance.now();
    let count = 0;
    for (const [link, those] of Map.groupBy(this.#listeners.all, ({ paths }) => paths.link)) {
      let stat = this.#sharedStat(link, those);
      for (const one of those) {
        if (this.#listeners.all.has(one)) one.onChange("poll", stat);
        if (++count % LISTENERS_PER_SLICE > 0) continue;
        spentMs += performance.now() - began;
        await setImmediate();
        began = performance.now();
        stat = this.#sharedStat(link, those);
      }
    }
    // A folder that was not there may be there now, or a watcher that could not be had may be had.
    for (const { paths } of this.#listeners.all) {
      if (this.#isWatched(paths)) continue;
      this.#remakeSoon();
      break;
    }
    return spentMs + performance.now() - began;
  }

  /** Stats the link of those who wait at the same one when first called, unless somebody has since they have. */
  #sharedStat(link: string, those: readonly Listener[]): () => LogStat {
    let seen: LogStat | undefined;
    return () => {
      if (seen !== undefined) return seen;
      // Older than what one of them knows, it would report what is no longer so.
      seen = this.#options.seenAt?.(link, Math.max(...those.map(({ statMs }) => statMs)));
      const nowMs = performance.now();
      for (const one of those) one.statMs = nowMs;
      return seen ??= this.#stat(link);
    };
  }

  #isWatched({ link, folder }: WatchedPaths): boolean {
    return this.#watcher.covers(folder) && this.#watcher.covers(dirname(link));
  }

  #remakeSoon(): void {
    const { settleMs = 20 } = this.#options;
    this.#isOutdated = this.#isRemaking;
    if (this.#isOutdated) return;
    this.#remakeTimer ??= setTimeout(() => void this.#remake(), Math.max(settleMs, this.#remakeMs * REMAKE_SHARE));
  }

  /** Makes the watcher anew if other folders are wanted than it has; closes it if none are. */
  async #remake(): Promise<void> {
    this.#remakeTimer = undefined;
    this.#isOutdated = this.#isRemaking;
    if (this.#isOutdated) return;
    const wanted = this.#wantedFolders();
    const { folders } = this.#watcher;
    if (wanted.size === folders.size && wanted.isSubsetOf(folders)) return;
    if (wanted.size > 0 && performance.now() < this.#retryAt) return;
    this.#isRemaking = true;
    try {
      this.#remakeMs = await this.#watcher.replace(wanted, this.#disposed);
      this.#isReported = false;
    } catch (error) {
      if (this.#disposed.signal.aborted) return;
      // A folder that has just been removed is no reason to do without events.
      if (error instanceof Deno.errors.NotFound) this.#isOutdated = true;
      else this.#pollOnly(error);
    } finally {
      this.#isRemaking = false;
    }
    if (this.#disposed.signal.aborted) return;
    if (this.#isOutdated) this.#remakeSoon();
    // What happened while the new folders were not watched yet.
    this.#notifyAll(this.#listeners.all);
  }

  #pollOnly(error: unknown): void {
    this.#retryAt = performance.now() + (this.#options.retryMs ?? RETRY_MS);
    if (this.#isReported) return;
    this.#isReported = true;
    const reason = error instanceof Error ? error.message : String(error);
    this.#options.onProblem?.(`Cannot watch log folders, polling them instead: ${reason}`);
  }

  /** The folders of all listeners, as far as they are there, behind the roots that they lie under. */
  #wantedFolders(): Set<string> {
    const { roots = [] } = this.#options;
    const folders = this.#listeners.folders();
    for (const folder of folders) if (this.#watcher.isAvoiding(folder) || !isThere(folder)) folders.delete(folder);
    const above = roots.filter((root) => isThere(root) && [...folders].some((folder) => isUnder(folder, [root])));
    return new Set([...above, ...folders]);
  }
}

function isThere(folder: string): boolean {
  try {
    return Deno.statSync(folder).isDirectory;
  } catch {
    // Whatever the reason: it cannot be watched now, and polling goes on.
    return false;
  }
}
