/**
 * The size and the restart points of a gzip file's content, shared by all readers that have the file open.
 *
 * @module
 */
import type { RestartPoint } from "./restart_point.ts";

/** About the memory of a restart point, without its dictionary. */
const POINT_BYTES = 128;

/** The state that the readers of one file share. */
export class GzipContent {
  /** How many readers have it open. */
  readers = 0;
  /** How many bytes can be read, once that is known. */
  size: number | undefined;
  /** Whether those are all of its bytes. */
  isWhole = false;
  /** How far it has been decoded to find its size. */
  measuredTo = 0;
  /** The pool's count of uses when it was last used. */
  usedAt = 0;
  readonly #spacingBytes: number;
  #points: RestartPoint[] = [];
  #bytes = 0;
  #last: Promise<unknown> = Promise.resolve();

  /** Nothing is known yet. Restart points are kept at least `spacingBytes` apart. */
  constructor(options: { readonly spacingBytes: number }) {
    this.#spacingBytes = options.spacingBytes;
  }

  /** The memory of the restart points. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The number of restart points. */
  get points(): number {
    return this.#points.length;
  }

  /** Reports whether a point at this offset is far enough from its neighbours. */
  wants(contentOffset: number): boolean {
    const index = this.#indexAfter(contentOffset);
    const before = this.#points[index - 1]?.contentOffset ?? 0;
    const after = this.#points[index]?.contentOffset ?? Infinity;
    return contentOffset - before >= this.#spacingBytes && after - contentOffset >= this.#spacingBytes;
  }

  /** Keeps a point if it is far enough from its neighbours. */
  add(point: RestartPoint): void {
    if (!this.wants(point.contentOffset)) return;
    this.#points.splice(this.#indexAfter(point.contentOffset), 0, point);
    this.#bytes += bytesOf(point);
  }

  /** The last point at or before this offset. */
  pointBefore(contentOffset: number): RestartPoint | undefined {
    return this.#points[this.#indexAfter(contentOffset) - 1];
  }

  /** Drops every second point. */
  thin(): void {
    this.#points = this.#points.filter((_, index) => index % 2 === 1);
    this.#bytes = this.#points.reduce((sum, point) => sum + bytesOf(point), 0);
  }

  /** Runs `act` after the acts before it have settled. */
  enqueue<T>(act: () => Promise<T>): Promise<T> {
    const result = this.#last.then(act);
    this.#last = result.catch(() => {});
    return result;
  }

  /** The index of the first point after this offset. */
  #indexAfter(contentOffset: number): number {
    let low = 0;
    for (let high = this.#points.length; low < high;) {
      const middle = (low + high) >> 1;
      if ((this.#points[middle]?.contentOffset ?? 0) > contentOffset) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

function bytesOf({ dictionary }: RestartPoint): number {
  return POINT_BYTES + (dictionary?.length ?? 0);
}
