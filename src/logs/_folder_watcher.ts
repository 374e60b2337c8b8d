/**
 * One `Deno.watchFs` over a set of folders, not recursive. It is replaced when the set changes.
 *
 * Keeps FIFOs away from the watcher. Deno's watcher thread (2.9.6) opens the path of each event. A FIFO that has no
 * writer blocks it there. The next `Deno.watchFs`, and closing a watcher, wait for that thread without end, on the
 * thread that serves. So a folder with a FIFO is not watched. After a FIFO has come into a watched folder, the watcher
 * is neither replaced nor closed any more: nothing reports whether its thread goes on. Not noticed are a FIFO that is
 * removed, still without a writer, before the set changes, and a link to a FIFO.
 *
 * @module
 */
import { setImmediate } from "node:timers/promises";

/** Folders that are read in one time slice. */
const FOLDERS_PER_SLICE = 32;

/** A FIFO has come into a watched folder, so that the watcher's thread may be blocked for good. */
export class BlockedWatcherError extends Error {
  /** The class, as an error log shows it. */
  override readonly name = "BlockedWatcherError";
}

/** How folders are watched. */
export interface FolderWatcherOptions {
  /** Called with each event but those of reading. */
  readonly onEvent: (event: Deno.FsEvent) => void;
  /** Called when the watcher ends by itself; no folder is watched then. */
  readonly onEnd: (error: unknown) => void;
  /** Called with each folder that is not watched because it has a FIFO. */
  readonly onAvoid: (folder: string) => void;
  /** Milliseconds for which such a folder is not read again. */
  readonly avoidMs: number;
  /** Watches folders. @default {Deno.watchFs} */
  readonly watchFs?: ((folders: string[], options: { recursive: boolean }) => Deno.FsWatcher) | undefined;
}

/** Watches no folder at first. */
export class FolderWatcher implements Disposable {
  readonly #onEvent: (event: Deno.FsEvent) => void;
  readonly #onEnd: (error: unknown) => void;
  readonly #onAvoid: (folder: string) => void;
  readonly #avoidMs: number;
  readonly #watchFs: (folders: string[], options: { recursive: boolean }) => Deno.FsWatcher;
  #watcher: Deno.FsWatcher | undefined;
  #folders = new Set<string>();
  /** Folders with a FIFO, and until when they are not read again. */
  #avoided = new Map<string, number>();
  /** A FIFO that came into a watched folder. */
  #fifo: string | undefined;

  /** Creates a watcher that watches nothing yet. */
  constructor({ onEvent, onEnd, onAvoid, avoidMs, watchFs = Deno.watchFs }: FolderWatcherOptions) {
    this.#onEvent = onEvent;
    this.#onEnd = onEnd;
    this.#onAvoid = onAvoid;
    this.#avoidMs = avoidMs;
    this.#watchFs = watchFs;
  }

  /** The folders that are watched. */
  get folders(): ReadonlySet<string> {
    return this.#folders;
  }

  /** Reports whether a folder is not to be watched for now, because it has a FIFO. */
  isAvoiding(folder: string): boolean {
    return (this.#avoided.get(folder) ?? 0) > performance.now();
  }

  /** Reports whether a folder is watched, or is not to be for now. */
  covers(folder: string): boolean {
    return this.#folders.has(folder) || this.isAvoiding(folder);
  }

  /** Notes that a folder was removed: one of the same name is another folder. Reports whether it was watched. */
  forget(folder: string): boolean {
    return this.#folders.delete(folder);
  }

  /**
   * Watches these folders, but for those with a FIFO, and no others; with none, closes the watcher.
   * Resolves to the milliseconds for which that kept others waiting. Must not be called
   * again before it has ended. What fails leaves all as it was.
   *
   * @throws {BlockedWatcherError} if a FIFO has come into a watched folder, now or before
   */
  async replace(folders: ReadonlySet<string>, { signal }: { readonly signal: AbortSignal }): Promise<number> {
    const withFifo = new Set<string>();
    let count = 0;
    let spentMs = 0;
    let began = performance.now();
    for (const folder of this.#folders.union(folders)) {
      if (++count % FOLDERS_PER_SLICE === 0) {
        spentMs += performance.now() - began;
        await setImmediate();
        began = performance.now();
      }
      signal.throwIfAborted();
      const fifo = fifoIn(folder);
      if (fifo === undefined) continue;
      withFifo.add(folder);
      if (this.#folders.has(folder)) this.#fifo ??= fifo;
    }
    if (this.#fifo !== undefined) {
      throw new BlockedWatcherError(`${this.#fifo} is a FIFO, the watcher may wait for its writer until a restart`);
    }
    this.#avoid(withFifo);
    const watched = folders.difference(withFifo);
    const next = watched.size === 0 ? undefined : this.#watchFs([...watched], { recursive: false });
    this.#close();
    this.#watcher = next;
    this.#folders = watched;
    if (next !== undefined) void this.#read(next);
    return spentMs + performance.now() - began;
  }

  /** Closes the watcher, unless that might block. */
  [Symbol.dispose](): void {
    if (this.#fifo === undefined && !this.#folders.values().some((folder) => fifoIn(folder) !== undefined)) {
      this.#close();
    }
  }

  #close(): void {
    const closing = this.#watcher;
    this.#watcher = undefined;
    this.#folders = new Set();
    try {
      closing?.close();
    } catch (error) {
      // One that has ended by itself is closed.
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }

  #avoid(folders: ReadonlySet<string>): void {
    const before = this.#avoided;
    this.#avoided = new Map([...before].filter(([folder]) => this.isAvoiding(folder)));
    for (const folder of folders) {
      this.#avoided.set(folder, performance.now() + this.#avoidMs);
      if (!before.has(folder)) this.#onAvoid(folder);
    }
  }

  async #read(watcher: Deno.FsWatcher): Promise<void> {
    try {
      for await (const event of watcher) {
        if (event.kind !== "access") this.#onEvent(event);
      }
      this.#end(watcher, new Error("the watcher has ended"));
    } catch (error) {
      this.#end(watcher, error);
    }
  }

  #end(watcher: Deno.FsWatcher, error: unknown): void {
    // One that was replaced was closed.
    if (watcher !== this.#watcher) return;
    this.#close();
    this.#onEnd(error);
  }
}

/** Returns the path of the first FIFO in a folder. */
function fifoIn(folder: string): string | undefined {
  try {
    for (const { name, isFile, isDirectory, isSymlink } of Deno.readDirSync(folder)) {
      if (isFile || isDirectory || isSymlink) continue;
      const path = `${folder}/${name}`;
      // To open a socket or device that nobody serves fails at once.
      if (Deno.lstatSync(path).isFifo === true) return path;
    }
  } catch {
    // Whatever the reason: watching it fails in its own words.
  }
  return undefined;
}
