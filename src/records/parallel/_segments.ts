/**
 * The segments of a range that scan workers search ahead, from either end of it.
 *
 * @module
 */
import type { LogScan } from "../scan/log_scan.ts";
import type { ByteRange } from "../scan/time_ranges.ts";
import type { Found } from "./scan_worker.ts";
import type { LentWorkers } from "./worker_pool.ts";

/** The largest segment: a few milliseconds of a worker's time. Each answer takes a tenth of a millisecond here. */
const MAX_SEGMENT_BYTES = 32 * 1024 * 1024;
/** The smallest segment, and the first. */
const MIN_SEGMENT_BYTES = 1024 * 1024;
/** When an answer comes so soon, the next segment is larger by this factor … */
const SOON_MS = 25;
const GROWTH = 4;
/**
 * … and when it takes so long, as from a slow disk, half as large: a client does not wait a whole segment for its first
 * lines.
 */
const LATE_MS = 100;
/** A segment is so large that about so many bytes are found in it: half of what a result buffer holds. */
const FOUND_BYTES = 128 * 1024;
/** The rest of the range is at least so many segments, so that all workers end at about the same time. */
const SEGMENTS_LEFT = 8;

/** Which end of a range comes first. */
export type Direction = "forward" | "backward";

/** A segment that workers search. */
export interface Segment {
  /** Resolves to what they find in it; undefined where it cannot be searched. */
  readonly found: Promise<Found | undefined>;
  /** What the lines had to hold beside. */
  readonly required: Uint8Array;
}

/**
 * The lines that workers find in one segment after the other. The next segments are begun before one is taken.
 *
 * Backward, they are no more bytes than those that were taken, since a client often wants the last few records only.
 */
export function* segments(
  { file, scan, workers: pool }: LogScan,
  range: ByteRange,
  { workers, direction }: { readonly workers: LentWorkers; readonly direction: Direction },
): Generator<Segment> {
  const { segmentBytes: least = MIN_SEGMENT_BYTES, clock = () => performance.now() } = pool?.sizes ?? {};
  const { path, id = "" } = file;
  const { choice } = scan;
  const isForward = direction === "forward";
  const asked: (Segment & { readonly bytes: number })[] = [];
  let { from, to } = range;
  let size = least;
  let asking = 0;

  const scanSegment = async (segment: ByteRange): Promise<Found | undefined> => {
    const own = segment.to - segment.from;
    const askedMs = clock();
    const found = await workers.scan({ path, id, plan: choice.bytes, required: choice.required, ...segment });
    const tookMs = clock() - askedMs;
    const wanted = tookMs < SOON_MS ? GROWTH * own : tookMs > LATE_MS ? own / 2 : own;
    const fitting = FOUND_BYTES / (found === undefined ? 1 : shareOf(found));
    size = Math.floor(Math.max(least, Math.min(wanted, fitting, MAX_SEGMENT_BYTES)));
    return found;
  };

  while (true) {
    while (from < to && asked.length < workers.size) {
      const share = Math.ceil((to - from) / SEGMENTS_LEFT);
      const max = isForward ? size : Math.min(size, (range.to - to - asking) / workers.size);
      const bytes = Math.min(Math.max(least, Math.min(share, Math.floor(max))), to - from);
      asking += bytes;
      const segment = isForward ? { from, to: from += bytes } : { to, from: to -= bytes };
      asked.push({ bytes, required: choice.required, found: scanSegment(segment) });
    }
    const next = asked.shift();
    if (next === undefined) return;
    yield next;
    asking -= next.bytes;
  }
}

/** Returns the share of a segment's bytes that were found, from 0 to 1. */
export function shareOf({ from, upTo, lines }: Found): number {
  return upTo === from ? 0 : lines.length / (upTo - from);
}
