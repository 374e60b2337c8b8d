/**
 * Word that a log may have changed: the one watcher of the process, and the rounds that make up for what it does not tell.
 *
 * Owns one `Deno.watchFs` over the folders of all logs that somebody waits for, not recursive, made anew when that set changes. Its events are hints: some never
 * come (links that lead out of the watched folder, file systems without events, an overflow), and some mean nothing. So every listener is also called in
 * {@linkcode Poller}. Without a watcher the rounds alone go on, and `onProblem` is told; another one is tried for after a minute.
 *
 * @module
 */
import { dirname } from "node:path";
import { setImmediate } from "node:timers/promises";
import { isUnder } from "./log_file.ts";
import { type LogStat, statLog } from "./log_stat.ts";
import { createPoller, type Poller } from "../scheduling/poller.ts";

/** Why a listener is called: something was written to its file, another event, or a round. */
export type ChangeKind = "written" | "event" | "round";

/**
 * Called when something may have changed; must not throw. `look` looks where the link leads: in a round, once for all who wait at the same link, and not at
 * all where somebody else has looked since it was last called.
 */
export type ChangeListener = (notify: ChangeKind, look: () => LogStat) => void;

/** What a listener waits for. */
export interface WatchedPaths {
  /** A link; events with its name are told. */
  readonly link: string;
  /** The folder of the file that the link leads to; all events in it are told. */
  readonly folder: string;
  /** That file, if what is written to it is to be told apart from what is done to names. */
  readonly file?: string;
}

/** Tells when logs may have changed. */
export interface LogChanges extends Disposable {
  /** Calls `listener` whenever something may have changed at the places; until disposed of. */
  watch(paths: WatchedPaths, listener: ChangeListener): Disposable;
}

/** What can be set. */
export interface LogChangesOptions {
  /**
   * Resolved folders that most logs lie under, at any depth. Deno looks for the place of each event among the watched folders, one after the other, and opens both of
   * each pair: with 500 of them a written line takes a millisecond and a half. A folder that all of them lie under, watched before them, is found at once.
   *
   * @default {[]}
   */
  readonly roots?: readonly string[];
  /** Told when events cannot be had, or no longer. */
  readonly onProblem?: ((message: string) => void) | undefined;
  /** In which listeners are called. @default {rounds of its own} */
  readonly poller?: Poller;
  /** Milliseconds from a change of the folders to the new watcher, at least. @default {20} */
  readonly settleMs?: number;
  /** Looks where a link leads. @default {lookAtLog} */
  readonly stat?: (link: string) => LogStat;
  /** What others have seen at a link after that time of `performance.now()`; undefined if nobody has looked. @default {nothing} */
  readonly seenAt?: ((link: string, sinceMs: number) => LogStat | undefined) | undefined;
  /** Watches folders. @default {Deno.watchFs} */
  readonly watchFs?: (folders: string[], options: { recursive: boolean }) => Deno.FsWatcher;
}

/** A new watcher takes up at most one part in so many. */
const REMAKE_SHARE = 20;
/** Listeners that are called in one turn. */
const LISTENERS_PER_TICK = 64;
/** Milliseconds after which a watcher that could not be had is tried again. */
const RETRY_MS = 60_000;

interface Waiting {
  readonly paths: WatchedPaths;
  readonly listener: ChangeListener;
  /** When it has last looked. */
  statMs: number;
}

const NOBODY: ReadonlySet<Waiting> = new Set();

/** The changes of all logs; nothing runs while nobody waits. */
export function createLogChanges(options: LogChangesOptions = {}): LogChanges {
  const { roots = [], onProblem, poller = createPoller(), settleMs = 20, watchFs = Deno.watchFs } = options;
  const { stat = statLog, seenAt } = options;
  const waiting = new Set<Waiting>();
  const byPath = new Map<string, Set<Waiting>>();
  let watcher: Deno.FsWatcher | undefined;
  let watched = new Set<string>();
  let polled: Disposable | undefined;
  let remakeTimer: ReturnType<typeof setTimeout> | undefined;
  let remakeMs = 0;
  let isReported = false;
  let retryAt = 0;

  function ring(one: Waiting, kind: "written" | "event"): void {
    if (!waiting.has(one)) return;
    one.listener(kind, () => {
      noteStat([one]);
      return stat(one.paths.link);
    });
  }

  function notifyAll(these: Iterable<Waiting>): void {
    for (const one of [...these]) ring(one, "event");
  }

  function noteStat(those: readonly Waiting[]): void {
    const nowMs = performance.now();
    for (const one of those) one.statMs = nowMs;
  }

  /** Looks at the link of those who wait at the same one when it is first asked to, unless somebody has since they have. */
  function sharedStat(link: string, those: readonly Waiting[]): () => LogStat {
    let seen: LogStat | undefined;
    return () => {
      if (seen !== undefined) return seen;
      // Older than what one of them knows, it would tell of what is no longer so.
      seen = seenAt?.(link, Math.max(...those.map(({ statMs }) => statMs)));
      noteStat(those);
      return seen ??= stat(link);
    };
  }

  function onEvent({ kind, paths, flag }: Deno.FsEvent): void {
    if (flag === "rescan") return notifyAll(waiting);
    if (kind === "access") return;
    if (kind === "modify" && paths.length === 1) return onModified(paths[0] ?? "");
    if (kind === "remove") paths.forEach(forgetFolder);
    notifyAll(new Set(paths.flatMap((path) => [...waitingAt(path)])));
  }

  /** A watched folder is gone; one of the same name is another folder. */
  function forgetFolder(path: string): void {
    if (watched.delete(path)) remakeSoon();
  }

  /** The event of each written line. */
  function onModified(path: string): void {
    for (const one of [...waitingAt(path)]) ring(one, one.paths.file === path ? "written" : "event");
  }

  function waitingAt(path: string): ReadonlySet<Waiting> {
    const there = byPath.get(path) ?? NOBODY;
    const inFolder = byPath.get(dirname(path)) ?? NOBODY;
    if (there.size === 0) return inFolder;
    return inFolder.size === 0 ? there : there.union(inFolder);
  }

  async function readEvents(from: Deno.FsWatcher): Promise<void> {
    try {
      for await (const event of from) onEvent(event);
      // One that was replaced was closed.
      if (from === watcher) noEvents(new Error("the watcher has ended"));
    } catch (error) {
      if (from === watcher) noEvents(error);
    }
  }

  function noEvents(error: unknown): void {
    retryAt = performance.now() + RETRY_MS;
    watched = new Set();
    closeWatcher();
    if (isReported) return;
    isReported = true;
    onProblem?.(`Cannot watch log folders, looking at them in turns instead: ${messageOf(error)}`);
  }

  function closeWatcher(): void {
    const old = watcher;
    watcher = undefined;
    try {
      old?.close();
    } catch (error) {
      // One that has ended by itself is closed.
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }

  /** The folders of all listeners, as far as they are there, behind the roots that they lie under. */
  function wantedFolders(): Set<string> {
    const folders = new Set<string>();
    for (const { paths: { link, folder } } of waiting) folders.add(dirname(link)).add(folder);
    for (const folder of folders) if (!isThere(folder)) folders.delete(folder);
    const above = roots.filter((root) => isThere(root) && [...folders].some((folder) => isUnder(folder, [root])));
    return new Set([...above, ...folders]);
  }

  function remakeSoon(): void {
    remakeTimer ??= setTimeout(remake, Math.max(settleMs, remakeMs * REMAKE_SHARE));
  }

  function remake(): void {
    remakeTimer = undefined;
    const wanted = wantedFolders();
    if (wanted.size === watched.size && wanted.isSubsetOf(watched)) return;
    if (performance.now() < retryAt) return;
    const began = performance.now();
    try {
      const next = wanted.size === 0 ? undefined : watchFs([...wanted], { recursive: false });
      closeWatcher();
      watcher = next;
      watched = wanted;
      isReported = false;
    } catch (error) {
      // A folder that has just been removed is no reason to do without events.
      if (error instanceof Deno.errors.NotFound) remakeSoon();
      else noEvents(error);
    }
    remakeMs = performance.now() - began;
    if (watcher !== undefined && watched === wanted) void readEvents(watcher);
    // What happened while the new folders were not watched yet.
    notifyAll(waiting);
  }

  async function round(): Promise<number> {
    let spentMs = 0;
    let began = performance.now();
    let count = 0;
    for (const [link, those] of Map.groupBy(waiting, ({ paths }) => paths.link)) {
      let look = sharedStat(link, those);
      for (const one of those) {
        if (waiting.has(one)) one.listener("round", look);
        if (++count % LISTENERS_PER_TICK > 0) continue;
        spentMs += performance.now() - began;
        await setImmediate();
        began = performance.now();
        look = sharedStat(link, those);
      }
    }
    if (wantsMore()) remakeSoon();
    return spentMs + performance.now() - began;
  }

  /** Whether a folder that was not there may be there now, or a watcher that could not be had may be had. */
  function wantsMore(): boolean {
    for (const { paths: { link, folder } } of waiting) {
      if (!watched.has(folder) || !watched.has(dirname(link))) return true;
    }
    return false;
  }

  function stop(): void {
    polled?.[Symbol.dispose]();
    polled = undefined;
    clearTimeout(remakeTimer);
    remakeTimer = undefined;
    closeWatcher();
    watched = new Set();
  }

  return {
    watch: (paths, listener) => {
      const one = { paths, listener, statMs: 0 };
      waiting.add(one);
      for (const place of [paths.link, paths.folder]) {
        const there = byPath.get(place);
        if (there === undefined) byPath.set(place, new Set([one]));
        else there.add(one);
      }
      if (!watched.has(paths.folder) || !watched.has(dirname(paths.link))) remakeSoon();
      polled ??= poller.add(round);
      return {
        [Symbol.dispose]: () => {
          if (!waiting.delete(one)) return;
          for (const place of [paths.link, paths.folder]) {
            const there = byPath.get(place);
            there?.delete(one);
            if (there?.size === 0) byPath.delete(place);
          }
          if (waiting.size === 0) stop();
          else if (!byPath.has(paths.folder)) remakeSoon();
        },
      };
    },
    [Symbol.dispose]: () => {
      waiting.clear();
      byPath.clear();
      stop();
    },
  };
}

function isThere(folder: string): boolean {
  try {
    return Deno.statSync(folder).isDirectory;
  } catch {
    // Whatever the reason: it cannot be watched now, and the rounds go on.
    return false;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
