/**
 * A parallel scan of a long part of a log in which little is found: scan workers search segments ahead, and the lines
 * that they find are judged and sent here.
 *
 * Promises the same records as a scan without workers, in the same order. No more than one batch is held for a client
 * that does not read: the workers are given back, and the lines that they found are dropped.
 *
 * @module
 */
import { abortable } from "../../scheduling/abortable.ts";
import { nextSlice } from "../../scheduling/time_slice.ts";
import { EVERY_LINE } from "../../search/plan/kernel_plan.ts";
import type { LogScan } from "../scan/log_scan.ts";
import { sendLongLine } from "../scan/long_line.ts";
import { rowBuffer } from "../scan/row_batch.ts";
import type { Found } from "./scan_worker.ts";
import type { LentWorkers } from "./worker_pool.ts";
import { selectForward, sendSelected } from "../scan/select.ts";
import { isSoon } from "../scan/slow_client.ts";
import type { ByteRange } from "../scan/time_ranges.ts";

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
/** Where more than one byte in so many is found, a scan without workers is faster. */
const DENSE = 8;
/** The rest of the range is at least so many segments, so that all workers end at about the same time. */
const SEGMENTS_LEFT = 8;
/** A shorter range is read by the time that workers have begun. */
const MIN_PARALLEL_BYTES = 16 * 1024 * 1024;

/**
 * Reports whether a range of the log can be scanned in parallel: it is long, and each line decides by itself whether it
 * is wanted.
 */
export function canScanInParallel({ file, scan, workers }: LogScan, range: ByteRange): boolean {
  return workers !== undefined && file.id !== undefined && scan.plan !== EVERY_LINE && !scan.choice.isStale &&
    !scan.holdsParts &&
    range.to - range.from >= (workers.sizes?.minBytes ?? MIN_PARALLEL_BYTES);
}

/**
 * Sends the records of the lines in the range, as far as workers scan it; resolves to the offset from which to go on
 * without them, or to undefined where none are free.
 */
export async function sendParallel(log: LogScan, range: ByteRange): Promise<number | undefined> {
  using workers = log.workers?.lend();
  if (workers === undefined) return undefined;
  // Blocks that were read ahead are not needed; other scans can use them.
  await log.reader.idle();
  let offset = range.from;
  for (const segment of segments(log, range, workers)) {
    const found = await abortable(segment, log);
    // It does not begin where the one before ended: the file has changed.
    if (found?.from !== offset) break;
    log.file.noteReached?.(offset);
    log.file.verify?.(offset, { bytes: found.lines.subarray(0, 0), read: 0 });
    const sent = await sendFound(log, found);
    log.figures.scannedBytes += sent.upTo - offset;
    offset = sent.upTo;
    log.scan.choice.note(found.tried, found.upTo - found.from);
    if (log.scan.choice.isStale || !sent.isTaken || !found.isAll || shareOf(found) > 1 / DENSE) break;
  }
  return offset;
}

/** The lines that workers find in one segment after the other. The next segments are begun before one is taken. */
function* segments(
  { file, scan, workers: pool }: LogScan,
  range: ByteRange,
  workers: LentWorkers,
): Generator<Promise<Found | undefined>> {
  const { segmentBytes: least = MIN_SEGMENT_BYTES, clock = () => performance.now() } = pool?.sizes ?? {};
  const { path, id = "" } = file;
  const { choice, plan: { required } } = scan;
  const asked: Promise<Found | undefined>[] = [];
  let from = range.from;
  let size = least;

  const scanTo = async (to: number): Promise<Found | undefined> => {
    const own = to - from;
    const askedMs = clock();
    const found = await workers.scan({ path, id, plan: choice.bytes, required, from, to });
    const tookMs = clock() - askedMs;
    const wanted = tookMs < SOON_MS ? GROWTH * own : tookMs > LATE_MS ? own / 2 : own;
    const fitting = FOUND_BYTES / (found === undefined ? 1 : shareOf(found));
    size = Math.floor(Math.max(least, Math.min(wanted, fitting, MAX_SEGMENT_BYTES)));
    return found;
  };

  while (true) {
    while (from < range.to && asked.length < workers.size) {
      const share = Math.ceil((range.to - from) / SEGMENTS_LEFT);
      const to = Math.min(from + Math.max(least, Math.min(share, size)), range.to);
      asked.push(scanTo(to));
      from = to;
    }
    const next = asked.shift();
    if (next === undefined) return;
    yield next;
  }
}

/** Returns the share of a segment's bytes that were found, from 0 to 1. */
function shareOf({ from, upTo, lines }: Found): number {
  return upTo === from ? 0 : lines.length / (upTo - from);
}

/**
 * Judges lines that were found, and sends those that are records of the query; resolves to the offset from which the
 * scan goes on, and whether the client has taken all batches. Where it has not, that offset is before the end.
 */
async function sendFound(log: LogScan, found: Found): Promise<{ readonly upTo: number; readonly isTaken: boolean }> {
  const { ends, offsets, upTo } = found;
  for (let line = 0; line < ends.length;) {
    await nextSlice(log);
    const step = await sendSome(log, found, line);
    line += step.done;
    if (step.isLong) await sendLongLine(log, offsets[line++] ?? 0, { direction: "forward" });
    else if (step.sent > 0 && !await isSoon(log.sink.ready())) return { upTo: offsets[line] ?? upTo, isTaken: false };
  }
  return { upTo, isTaken: true };
}

/** How many lines are done, how many records were sent, and whether the next line takes longer than a time slice. */
interface Step {
  readonly done: number;
  readonly sent: number;
  readonly isLong: boolean;
}

/** Sends the records of the lines from the given one on, as many as one batch takes. */
async function sendSome(log: LogScan, { lines, ends }: Found, line: number): Promise<Step> {
  const { pool, scan, signal } = log;
  using lent = await pool.take({ signal });
  // Used twice, as in `forward.ts`: tests/bundle_test.ts.
  const { address } = lent.item;
  const { bytes } = lent.item;
  const start = ends[line - 1] ?? 0;
  let fitting = line;
  while (fitting < ends.length && (ends[fitting] ?? 0) - start <= bytes.length) fitting++;
  if (fitting === line) return { done: 0, sent: 0, isLong: true };
  const length = (ends[fitting - 1] ?? 0) - start;
  bytes.set(lines.subarray(start, start + length));
  // Their offsets in the file matter only to parts of messages that are held back, and there are none.
  const selected = selectForward({ from: address, to: address + length, offset: 0 }, scan, { areFound: true });
  const sent = sendSelected(log, selected);
  const rest = start - address + (sent < selected.rows ? rowBuffer.lineStart(sent) : selected.rest);
  let done = line;
  while (done < fitting && (ends[done] ?? 0) <= rest) done++;
  return { done: done - line, sent, isLong: selected.long };
}
