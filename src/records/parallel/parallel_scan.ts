/**
 * A parallel scan of a long part of a log in which little is found: scan workers search segments ahead, and the lines
 * that they find are judged and sent here.
 *
 * Promises the same records as a scan without workers, in the same order, from either end. No more than one batch is
 * held for a client that does not read: the workers are given back, and the lines that they found are dropped.
 *
 * @module
 */
import { abortable } from "../../scheduling/abortable.ts";
import { EVERY_LINE } from "../../search/plan/kernel_plan.ts";
import type { LogScan } from "../scan/log_scan.ts";
import type { ByteRange } from "../scan/time_ranges.ts";
import { sendFound } from "./_found_lines.ts";
import { type Direction, segments, shareOf } from "./_segments.ts";

/** Where more than one byte in so many is found, a scan without workers is faster. */
const DENSE = 8;
/** A shorter range is read by the time that workers have begun. */
const MIN_PARALLEL_BYTES = 16 * 1024 * 1024;
/**
 * After a parallel scan has ended early, the scan reads so many bytes by itself, the next time more: where workers
 * found too much, they soon would again.
 */
const SERIAL_BYTES = 64 * 1024 * 1024;
const SERIAL_FACTOR = 4;

/** The parallel scans of one range, one after the other. */
export class ParallelScans {
  readonly #log: LogScan;
  readonly #direction: Direction;
  readonly #minBytes: number;
  /** How long the rest of the range may be for the next one, at most. */
  #maxBytes = Infinity;
  #serialBytes = SERIAL_BYTES;

  /** Begins with none. */
  constructor(log: LogScan, { direction }: { readonly direction: Direction }) {
    this.#log = log;
    this.#direction = direction;
    this.#minBytes = log.workers?.sizes?.minBytes ?? MIN_PARALLEL_BYTES;
  }

  /** Reports whether the rest of the range can be scanned in parallel now: it is long, and the search has a text. */
  isDue({ from, to }: ByteRange): boolean {
    const { file, scan, workers } = this.#log;
    return workers !== undefined && file.id !== undefined && scan.plan !== EVERY_LINE && !scan.choice.isStale &&
      to - from >= this.#minBytes && to - from <= this.#maxBytes;
  }

  /**
   * Sends the records of the lines in the rest of the range, as far as workers scan it; resolves to the offset from
   * which to go on without them, or to undefined where none are free.
   */
  async send({ from, to }: ByteRange): Promise<number | undefined> {
    const reached = await sendParallel(this.#log, { from, to }, this.#direction);
    if (reached === undefined || this.#log.scan.choice.isStale) return reached;
    this.#maxBytes = (this.#direction === "forward" ? to - reached : reached - from) - this.#serialBytes;
    this.#serialBytes *= SERIAL_FACTOR;
    return reached;
  }
}

async function sendParallel(log: LogScan, range: ByteRange, direction: Direction): Promise<number | undefined> {
  using workers = log.workers?.lend();
  if (workers === undefined) return undefined;
  // Blocks that were read ahead are not needed; other scans can use them.
  await log.reader.idle();
  let reached = direction === "forward" ? range.from : range.to;
  for (const segment of segments(log, range, { workers, direction })) {
    const found = await abortable(segment.found, log);
    // It does not begin (backward: end) where the one before ended: the file has changed, or its last lines come first
    // and are not there, since more was found than a buffer holds.
    if (found === undefined || (direction === "forward" ? found.from : found.upTo) !== reached) break;
    log.file.noteReached?.(reached);
    log.file.verify?.(reached, { bytes: found.lines.subarray(0, 0), read: 0 });
    const sent = await sendFound(log, found, direction);
    log.figures.scannedBytes += Math.abs(sent.reached - reached);
    ({ reached } = sent);
    log.scan.choice.note(found.upTo - found.from, {
      tried: found.tried,
      named: found.ends.length,
      required: segment.required,
    });
    if (log.scan.choice.isStale || !sent.canGoOn || !found.isAll || shareOf(found) > 1 / DENSE) break;
  }
  return reached;
}
