/**
 * The memory for decoding gzip files: a few windows for the whole process.
 *
 * A window is lent for one read, to waiting readers in order. A reader that does not read, such as the stream of a
 * stalled client, holds no window. A returned window keeps its content until another reader needs the window; then the
 * next read decodes from the nearest restart point. The restart points of all open files have one bound in bytes.
 *
 * @module
 */
import { setTimeout } from "node:timers";
import { createResourcePool, type Lent } from "../scheduling/resource_pool.ts";
import { GzipContent } from "./gzip_content.ts";
import { type GzipReading, GzipWindow } from "./gzip_window.ts";

/** Settings, for tests. */
export interface GzipPoolOptions {
  /** The number of windows. @default {4} */
  readonly windows?: number;
  /** The size of each in bytes. @default {2097152} */
  readonly windowBytes?: number;
  /** The least distance of restart points, in bytes of content. @default {1048576} */
  readonly spacingBytes?: number;
  /** The most memory of all restart points, in bytes. @default {8388608} */
  readonly pointBytes?: number;
  /** Calls back after so many milliseconds, unless disposed of. @default {setTimeout} */
  readonly later?: (callback: () => void, ms: number) => Disposable;
}

const WINDOWS = 4;
const WINDOW_BYTES = 2 * 1024 * 1024;
const SPACING_BYTES = 1024 * 1024;
const POINT_BYTES = 8 * 1024 * 1024;
/** The memory of a decoder: its input, its tables, and its last 32 KiB of content. */
const DECODER_BYTES = 128 * 1024;
/** The most memory that decoding takes in the whole process. */
export const GZIP_POOL_BYTES: number = WINDOWS * (WINDOW_BYTES + DECODER_BYTES) + POINT_BYTES;
/** A window that is not used for so long is freed. */
const IDLE_MS = 1000;

/** The windows, and the contents that readers have open. */
export class GzipPool {
  readonly #windows: readonly GzipWindow[];
  /** The windows that are not lent. */
  readonly #free: Set<GzipWindow>;
  /** One permit for each window. They keep the order of the waiting readers. */
  readonly #permits;
  readonly #contents = new Map<string, GzipContent>();
  readonly #open = new Set<GzipContent>();
  readonly #spacingBytes: number;
  readonly #pointBytes: number;
  readonly #later: (callback: () => void, ms: number) => Disposable;
  #timer: Disposable | undefined;
  /** How many times windows were lent or returned. */
  #uses = 0;
  #usesAtTimer = 0;

  /** Allocates nothing until a file is decoded. */
  constructor(options: GzipPoolOptions = {}) {
    const { windows = WINDOWS, windowBytes = WINDOW_BYTES, spacingBytes = SPACING_BYTES } = options;
    const { pointBytes = POINT_BYTES, later = setTimeout } = options;
    this.#windows = Array.from({ length: windows }, () => new GzipWindow({ bytes: windowBytes }));
    this.#free = new Set(this.#windows);
    this.#permits = createResourcePool(this.#windows.map((_, index) => index));
    this.#spacingBytes = spacingBytes;
    this.#pointBytes = pointBytes;
    this.#later = later;
  }

  /** The number of windows that hold memory. */
  get heldWindows(): number {
    return this.#windows.filter(({ isHeld }) => isHeld).length;
  }

  /** The memory of all restart points. */
  get pointBytes(): number {
    let bytes = 0;
    for (const content of this.#open) bytes += content.bytes;
    return bytes;
  }

  /** Opens a content. Readers that give the same name share it; without a name it is not shared. */
  open(name: string | undefined): GzipContent {
    const known = name === undefined ? undefined : this.#contents.get(name);
    const content = known ?? new GzipContent({ spacingBytes: this.#spacingBytes });
    if (name !== undefined) this.#contents.set(name, content);
    this.#open.add(content);
    content.readers++;
    return content;
  }

  /** Closes a content; drops it if no other reader has it open. */
  close(name: string | undefined, content: GzipContent): void {
    content.readers--;
    if (content.readers > 0) return;
    if (name !== undefined) this.#contents.delete(name);
    this.#open.delete(content);
    for (const window of this.#free) if (window.content === content) window.clear();
    if (this.#open.size > 0) return;
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    for (const window of this.#free) window.release();
  }

  /** Waits for a window, prefers one that is near the range, and calls `act` with it. */
  async use<T>(
    { from, to }: { readonly from: number; readonly to: number },
    reading: GzipReading,
    act: (window: GzipWindow) => Promise<T>,
  ): Promise<T> {
    const { content, signal } = reading;
    const permit: Lent<number> = await this.#permits.take({ signal });
    const window = this.#nearest(content, from, to);
    this.#free.delete(window);
    content.usedAt = ++this.#uses;
    try {
      return await act(window);
    } catch (error) {
      // Its decoder may not be at the window's end.
      window.clear();
      throw error;
    } finally {
      this.#return(window);
      permit[Symbol.dispose]();
    }
  }

  #return(window: GzipWindow): void {
    window.usedAt = ++this.#uses;
    this.#free.add(window);
    this.#limitPoints();
    if (this.#open.size === 0) window.release();
    else if (window.content?.readers === 0) window.clear();
    if (this.#open.size > 0) this.#releaseLater();
  }

  /** The free window with the least to decode; else an empty one; else the least recently used one. */
  #nearest(content: GzipContent, from: number, to: number): GzipWindow {
    let best: GzipWindow | undefined;
    let bestRank = Infinity;
    for (const window of this.#free) {
      const distance = window.distanceTo(content, from);
      const holdsTail = window.tailOf(content, from, to) > 0;
      const rank = distance !== undefined && distance <= 2 * this.#spacingBytes
        ? distance
        : holdsTail
        ? 2 * this.#spacingBytes
        : (window.content === undefined ? 1 : 2) * 2 ** 40 + window.usedAt + (window.isHeld ? 0 : 2 ** 39);
      if (rank < bestRank) {
        best = window;
        bestRank = rank;
      }
    }
    if (best === undefined) throw new Error("Cannot find a free window: all are lent");
    return best;
  }

  #limitPoints(): void {
    while (this.pointBytes > this.#pointBytes) {
      let oldest: GzipContent | undefined;
      for (const content of this.#open) {
        if (content.points > 0 && (oldest === undefined || content.usedAt < oldest.usedAt)) oldest = content;
      }
      oldest?.thin();
    }
  }

  #releaseLater(): void {
    if (this.#timer !== undefined) return;
    this.#usesAtTimer = this.#uses;
    this.#timer = this.#later(() => this.#releaseIdle(), IDLE_MS);
  }

  /** Frees the windows that were not used since the timer was set. */
  #releaseIdle(): void {
    this.#timer = undefined;
    for (const window of this.#free) if (window.isHeld && window.usedAt <= this.#usesAtTimer) window.release();
    if (this.heldWindows > 0) this.#releaseLater();
  }
}
