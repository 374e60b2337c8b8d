/**
 * How the set of logs changes: differences between one look at the containers folder and the next.
 *
 * One look serves all callers; each has its own list of changes that it has not been told yet, and gets them at its
 * own pace: what happens to a log meanwhile is folded into one change, so that a slow caller costs no more than there
 * are logs. Nothing is watched, since the folder holds little but links that lead out of it. A log that cannot be
 * looked at keeps the state that was seen last; nothing about one log ends a watch.
 *
 * @module
 */
import { isSameStat } from "../logs/log_stat.ts";
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

/** What one caller wants to be told. */
export interface WatchOptions {
  /** Whether a namespace's logs are wanted. */
  readonly includes: (namespace: string) => boolean;
  /** Ends the watch; whoever waits gets its reason. */
  readonly signal: AbortSignal;
}

/** Watches for all callers. */
export interface MetadataWatch {
  /**
   * Begins to watch: what changes after it resolves is told by the generator, in an order of its own.
   *
   * @throws {LogFolderError}
   */
  open(options: WatchOptions): Promise<AsyncGenerator<LogEvent, never>>;
  /** Looks now; resolves when changes have been found. While somebody watches that is done in rounds, too. */
  look(): Promise<void>;
}

/** What can be set. */
export interface MetadataWatchOptions {
  /** Looks at the logs. */
  readonly directory: LogDirectory;
  /** Told of each log that is left out, and why, once until it is seen again. */
  readonly onSkip?: ((fileName: string, reason: string) => void) | undefined;
  /** In which it looks while somebody watches. @default {rounds of its own} */
  readonly poller?: Poller | undefined;
  /** Milliseconds for which changes of a log are gathered; the time between two looks counts. @default {2000} */
  readonly gatherMs?: number;
  /** A clock in milliseconds that does not step. @default {performance.now} */
  readonly clock?: () => number;
}

/** A change that a caller has not been told. */
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

/** A watch of the containers folder; nothing runs while nobody watches. */
export function createMetadataWatch(options: MetadataWatchOptions): MetadataWatch {
  const { directory, onSkip, poller = createPoller(), gatherMs = 2000, clock = () => performance.now() } = options;
  const watchers = new Set<Watcher>();
  let logs = new Map<string, LogEntry>();
  let unreadable = new Set<string>();
  let lookedAt = -Infinity;
  let looking: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  let inRounds: Disposable | undefined;
  let spentMs = 0;

  async function lookOnce(): Promise<void> {
    const failing = new Set<string>();
    const found = new Map<string, LogEntry>();
    spentMs = await directory.scan({
      includes: () => true,
      onLog: (log) => void found.set(log.fileName, log),
      signal: new AbortController().signal,
      onSkip: (fileName, reason, kind) => {
        if (kind === "unreadable") failing.add(fileName);
        if (!unreadable.has(`${fileName} ${reason}`)) onSkip?.(fileName, reason);
        failing.add(`${fileName} ${reason}`);
      },
    });
    for (const fileName of failing) {
      const before = logs.get(fileName);
      if (before !== undefined) found.set(fileName, before);
    }
    unreadable = failing;
    if (watchers.size > 0) gather(found);
    logs = found;
    lookedAt = clock();
    for (const watcher of watchers) if (nextDue(watcher) !== undefined) watcher.wake?.();
  }

  function gather(found: ReadonlyMap<string, LogEntry>): void {
    const dueMs = clock() + Math.max(0, gatherMs - (clock() - lookedAt));
    for (const [fileName, before] of logs) {
      const after = found.get(fileName);
      if (after === undefined || !isSameStat(before, after)) note(fileName, { before, dueMs });
    }
    for (const [fileName, { name }] of found) {
      if (!logs.has(fileName)) note(fileName, { before: undefined, dueMs }, name);
    }
  }

  function note(fileName: string, change: Pending, name = change.before?.name): void {
    if (name === undefined) return;
    for (const { includes, pending } of watchers) {
      if (includes(name.namespace) && !pending.has(fileName)) pending.set(fileName, change);
    }
  }

  /** The first change that is due. */
  function nextDue({ pending }: Watcher): [string, Pending] | undefined {
    // In the order of their times.
    for (const entry of pending) return entry[1].dueMs <= clock() ? entry : undefined;
    return undefined;
  }

  /** The next change to tell, if one is due. */
  function takeEvent(watcher: Watcher): LogEvent | undefined {
    for (let due = nextDue(watcher); due !== undefined; due = nextDue(watcher)) {
      const [fileName, { before }] = due;
      watcher.pending.delete(fileName);
      const after = logs.get(fileName);
      if (after === undefined) {
        if (before !== undefined) return { type: "DELETED", name: before.name, size: 0, modifiedMs: undefined };
      } else if (before === undefined || !isSameStat(before, after)) {
        const { name, size, modifiedMs } = after;
        return { type: before === undefined ? "ADDED" : "MODIFIED", name, size, modifiedMs };
      }
    }
    return undefined;
  }

  /** A look that begins now or later. */
  function lookAnew(): Promise<void> {
    if (looking === undefined) {
      looking = lookOnce().finally(() => {
        looking = undefined;
      });
      return looking;
    }
    next ??= looking.catch(() => {}).then(() => {
      next = undefined;
      return lookAnew();
    });
    return next;
  }

  async function lookInRound(): Promise<number> {
    try {
      await lookAnew();
      return spentMs;
    } catch (error) {
      // The folder is not there for now; what was in it is not told to be deleted, since that is not known.
      onSkip?.(directory.folder, error instanceof Error ? error.message : String(error));
      return 0;
    }
  }

  async function* events(watcher: Watcher, signal: AbortSignal): AsyncGenerator<LogEvent, never> {
    const onAbort = (): void => watcher.wake?.();
    signal.addEventListener("abort", onAbort);
    try {
      while (true) {
        signal.throwIfAborted();
        const event = takeEvent(watcher);
        if (event !== undefined) yield event;
        else {
          const { promise, resolve } = Promise.withResolvers<void>();
          watcher.wake = resolve;
          await promise;
          watcher.wake = undefined;
        }
      }
    } finally {
      signal.removeEventListener("abort", onAbort);
      close(watcher);
    }
  }

  function close(watcher: Watcher): void {
    watchers.delete(watcher);
    if (watchers.size > 0) return;
    inRounds?.[Symbol.dispose]();
    inRounds = undefined;
    logs = new Map();
  }

  return {
    look: lookAnew,
    open: async ({ includes, signal }) => {
      await lookAnew();
      signal.throwIfAborted();
      const watcher: Watcher = { includes, pending: new Map(), wake: undefined };
      watchers.add(watcher);
      // A generator that is never asked does not end by itself.
      signal.addEventListener("abort", () => close(watcher), { once: true });
      inRounds ??= poller.add(lookInRound);
      return events(watcher, signal);
    },
  };
}
