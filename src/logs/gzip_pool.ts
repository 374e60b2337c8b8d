/**
 * The memory in which gzip files are decoded: a few windows for the whole process, lent for one read, to waiters in their order.
 *
 * Promises that memory does not grow with the number of files that are open: whoever does not read holds nothing but what is known of its content, and that
 * has a bound for all together. A window keeps what is in it until somebody else needs it, so that reading on is decoding on; else decoding begins at the
 * nearest restart point.
 *
 * @module
 */
import { setTimeout } from "node:timers";
import { createResourcePool, type Lent } from "../scheduling/resource_pool.ts";
import { GzipContent } from "./gzip_content.ts";
import { type GzipReading, GzipWindow } from "./gzip_window.ts";

/** What can be set, for tests. */
export interface GzipPoolOptions {
  /** How many windows there are. @default {4} */
  readonly windows?: number;
  /** The size of each in bytes. @default {2097152} */
  readonly windowBytes?: number;
  /** How far restart points are apart, at least, in bytes of content. @default {1048576} */
  readonly spacingBytes?: number;
  /** What all restart points take, at most, in bytes. @default {8388608} */
  readonly pointBytes?: number;
  /** Calls back after so many milliseconds, unless disposed of. @default {setTimeout} */
  readonly later?: (callback: () => void, ms: number) => Disposable;
}

const WINDOWS = 4;
const WINDOW_BYTES = 2 * 1024 * 1024;
const SPACING_BYTES = 1024 * 1024;
const POINT_BYTES = 8 * 1024 * 1024;
/** What a decoder takes besides its window: its input, its tables, and its own 32 KiB of content. */
const DECODER_BYTES = 128 * 1024;
/** What decoding takes in the whole process, whatever is open and read. */
export const GZIP_POOL_BYTES: number = WINDOWS * (WINDOW_BYTES + DECODER_BYTES) + POINT_BYTES;
/** The memory of windows that nobody used for so long is given back. */
const IDLE_MS = 1000;

/** Windows to borrow, and the contents that are open. */
export class GzipPool {
  readonly #windows: readonly GzipWindow[];
  /** Windows that are not lent. */
  readonly #free: Set<GzipWindow>;
  /** One for each window: they tell whose turn it is. */
  readonly #permits;
  readonly #contents = new Map<string, GzipContent>();
  readonly #open = new Set<GzipContent>();
  readonly #spacingBytes: number;
  readonly #pointBytes: number;
  readonly #later: (callback: () => void, ms: number) => Disposable;
  #timer: Disposable | undefined;
  /** Uses so far. */
  #uses = 0;
  #usesAtTimer = 0;

  /** Nothing is open, and no memory is taken. */
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

  /** How many windows take memory. */
  get heldWindows(): number {
    return this.#windows.filter(({ isHeld }) => isHeld).length;
  }

  /** How much memory the restart points take. */
  get pointBytes(): number {
    let bytes = 0;
    for (const content of this.#open) bytes += content.bytes;
    return bytes;
  }

  /** What is known of a content, to be closed again; one without a name is nobody else's. */
  open(name: string | undefined): GzipContent {
    const known = name === undefined ? undefined : this.#contents.get(name);
    const content = known ?? new GzipContent({ spacingBytes: this.#spacingBytes });
    if (name !== undefined) this.#contents.set(name, content);
    this.#open.add(content);
    content.readers++;
    return content;
  }

  /** Forgets a content that nobody else has open. */
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

  /** Does something with a window that is near a range of the content, when it is the caller's turn. */
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
      // Its decoder is not where the window ends.
      window.clear();
      throw error;
    } finally {
      this.#giveBack(window);
      permit[Symbol.dispose]();
    }
  }

  #giveBack(window: GzipWindow): void {
    window.usedAt = ++this.#uses;
    this.#free.add(window);
    this.#limitPoints();
    if (this.#open.size === 0) window.release();
    else if (window.content?.readers === 0) window.clear();
    if (this.#open.size > 0) this.#releaseLater();
  }

  /** The free window with the least to decode, or else the one that was used least recently, one without memory last. */
  #nearest(content: GzipContent, from: number, to: number): GzipWindow {
    let best: GzipWindow | undefined;
    let bestRank = Infinity;
    for (const window of this.#free) {
      const distance = window.distanceTo(content, from);
      const holdsEnd = window.endsOf(content, from, to) > 0;
      const rank = distance !== undefined && distance <= 2 * this.#spacingBytes
        ? distance
        : holdsEnd
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

  /** Gives back the memory of the windows that were not used since the timer was set. */
  #releaseIdle(): void {
    this.#timer = undefined;
    for (const window of this.#free) if (window.isHeld && window.usedAt <= this.#usesAtTimer) window.release();
    if (this.heldWindows > 0) this.#releaseLater();
  }
}
