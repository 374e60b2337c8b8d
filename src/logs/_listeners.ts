/**
 * Who waits for changes of logs, by the paths of events.
 *
 * @module
 */
import { dirname } from "node:path";
import type { LogStat } from "./log_stat.ts";

/** Why a listener is called: something was written to its file, another event, or the poller. */
export type ChangeKind = "written" | "event" | "poll";

/**
 * Called when something may have changed; must not throw. `stat` returns where the link leads. In one poll it reads the
 * link once for all who wait at it, and not at all if somebody else has read it since it was last called.
 */
export type ChangeListener = (kind: ChangeKind, stat: () => LogStat) => void;

/** What a listener waits for. */
export interface WatchedPaths {
  /** A link; events with its name are reported. */
  readonly link: string;
  /** The folder of the file that the link leads to; all events in it are reported. */
  readonly folder: string;
  /** That file, if writing to it is to be reported as `written`. */
  readonly file?: string;
}

/** One that waits. */
export interface Listener {
  /** What it waits for. */
  readonly paths: WatchedPaths;
  /** What is called. */
  readonly onChange: ChangeListener;
  /** When it has last seen where its link leads, by `performance.now()`. */
  statMs: number;
}

const NOBODY: ReadonlySet<Listener> = new Set();

/** All that wait. */
export class Listeners {
  readonly #all = new Set<Listener>();
  readonly #byPath = new Map<string, Set<Listener>>();

  /** All, in the order in which they came. */
  get all(): ReadonlySet<Listener> {
    return this.#all;
  }

  /** Adds one. */
  add(listener: Listener): void {
    this.#all.add(listener);
    for (const path of [listener.paths.link, listener.paths.folder]) {
      const there = this.#byPath.get(path);
      if (there === undefined) this.#byPath.set(path, new Set([listener]));
      else there.add(listener);
    }
  }

  /** Removes one; reports whether it was there. */
  delete(listener: Listener): boolean {
    if (!this.#all.delete(listener)) return false;
    for (const path of [listener.paths.link, listener.paths.folder]) {
      const there = this.#byPath.get(path);
      there?.delete(listener);
      if (there?.size === 0) this.#byPath.delete(path);
    }
    return true;
  }

  /** Removes all. */
  clear(): void {
    this.#all.clear();
    this.#byPath.clear();
  }

  /** Reports whether one waits at this path itself. */
  hasPath(path: string): boolean {
    return this.#byPath.has(path);
  }

  /** Returns those whom an event at this path concerns. */
  at(path: string): ReadonlySet<Listener> {
    const there = this.#byPath.get(path) ?? NOBODY;
    const inFolder = this.#byPath.get(dirname(path)) ?? NOBODY;
    if (there.size === 0) return inFolder;
    return inFolder.size === 0 ? there : there.union(inFolder);
  }

  /** Returns the folders to watch for all: those of their links and of their files. */
  folders(): Set<string> {
    const folders = new Set<string>();
    for (const { paths: { link, folder } } of this.#all) folders.add(dirname(link)).add(folder);
    return folders;
  }
}
