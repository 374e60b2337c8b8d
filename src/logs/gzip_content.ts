/**
 * What is known of a gzip file's content while it is open: its size, and places at which decoding can begin. All who have the same file open know it together.
 *
 * @module
 */
import type { RestartPoint } from "./restart_point.ts";

/** Memory of a point besides its dictionary, about. */
const POINT_BYTES = 128;

/** What is known of one file's content. */
export class GzipContent {
  /** How many have it open. */
  readers = 0;
  /** How much of it can be read, once that is known. */
  size: number | undefined;
  /** Whether that is all of it. */
  isWhole = false;
  /** How far it has been looked for the end. */
  measuredTo = 0;
  /** When it was used last, on the pool's count. */
  usedAt = 0;
  readonly #spacingBytes: number;
  #points: RestartPoint[] = [];
  #bytes = 0;
  #turn: Promise<unknown> = Promise.resolve();

  /** Nothing is known yet; points are kept so far apart. */
  constructor(options: { readonly spacingBytes: number }) {
    this.#spacingBytes = options.spacingBytes;
  }

  /** How much memory the points take. */
  get bytes(): number {
    return this.#bytes;
  }

  /** How many points are known. */
  get points(): number {
    return this.#points.length;
  }

  /** Whether a point at this offset is worth keeping. */
  wants(contentOffset: number): boolean {
    const index = this.#indexAfter(contentOffset);
    const before = this.#points[index - 1]?.contentOffset ?? 0;
    const after = this.#points[index]?.contentOffset ?? Infinity;
    return contentOffset - before >= this.#spacingBytes && after - contentOffset >= this.#spacingBytes;
  }

  /** Keeps a point that is wanted. */
  add(point: RestartPoint): void {
    if (!this.wants(point.contentOffset)) return;
    this.#points.splice(this.#indexAfter(point.contentOffset), 0, point);
    this.#bytes += bytesOf(point);
  }

  /** The last point at or before this offset. */
  pointBefore(contentOffset: number): RestartPoint | undefined {
    return this.#points[this.#indexAfter(contentOffset) - 1];
  }

  /** Forgets every second point. */
  thin(): void {
    this.#points = this.#points.filter((_, index) => index % 2 === 1);
    this.#bytes = this.#points.reduce((sum, point) => sum + bytesOf(point), 0);
  }

  /** Does one thing after the other. */
  inTurn<T>(act: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(act);
    this.#turn = result.catch(() => {});
    return result;
  }

  /** The index of the first point behind this offset. */
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
