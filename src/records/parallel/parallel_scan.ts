/**
 * A long part of a log in which little is found, read with the help of scouts: they look at segments ahead, and what
 * they found is judged and sent here.
 *
 * Promises the same records as a scan without them, in the same order. What is held for a client that does not read is
 * no more than one batch: then the scouts are given back, and what they found is forgotten.
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

/**
 * What a scout looks at before it answers, at most: a few milliseconds' work. Each answer takes a tenth of one here.
 */
const MAX_SEGMENT_BYTES = 32 * 1024 * 1024;
/** … and at least: so much at first. */
const MIN_SEGMENT_BYTES = 1024 * 1024;
/** When an answer is there so soon after it was asked for, the next segment is larger by this factor … */
const SOON_MS = 25;
const GROWTH = 4;
/**
 * … and when it takes so long, as from a slow disk, half as large: whoever waits for the first lines does not wait for
 * a whole segment.
 */
const LATE_MS = 100;
/** What is likely to be found in a segment, at most: half of what a scout carries. */
const FOUND_BYTES = 128 * 1024;
/** Where more than one byte in so many is handed over, a scan is better off by itself. */
const DENSE = 8;
/** A segment is one of so many that are left, so that all scouts are done at about the same time. */
const SEGMENTS_LEFT = 8;
/** What is shorter is read by the time that scouts have begun. */
const MIN_PARALLEL_BYTES = 16 * 1024 * 1024;

/**
 * Whether scouts can help with a range of the log: it is long, and whether a line is wanted is told by that line alone.
 */
export function canScanInParallel({ file, scan, workers }: LogScan, range: ByteRange): boolean {
  return workers !== undefined && file.id !== undefined && scan.plan !== EVERY_LINE && !scan.holdsParts &&
    range.to - range.from >= (workers.sizes?.minBytes ?? MIN_PARALLEL_BYTES);
}

/**
 * Sends the records of the lines in the range, as far as scouts see to it; resolves to the offset from which to go on
 * without them. Undefined when none are there.
 */
export async function sendParallel(log: LogScan, range: ByteRange): Promise<number | undefined> {
  using team = log.workers?.lend();
  if (team === undefined) return undefined;
  // What was read ahead is not used, and others can use its blocks.
  await log.reader.idle();
  let offset = range.from;
  for (const looked of segments(log, range, team)) {
    const found = await abortable(looked, log);
    // Not where the one before ended: the file is not what it was.
    if (found?.from !== offset) break;
    log.file.noteReached?.(offset);
    log.file.verify?.(offset, { bytes: found.lines.subarray(0, 0), read: 0 });
    const sent = await sendFound(log, found);
    offset = sent.upTo;
    if (!sent.isTaken || !found.isAll || shareOf(found) > 1 / DENSE) break;
  }
  return offset;
}

/** What scouts find in one segment after the other; the next ones are asked for before it is taken. */
function* segments(
  { file, scan, workers }: LogScan,
  range: ByteRange,
  team: LentWorkers,
): Generator<Promise<Found | undefined>> {
  const { segmentBytes: least = MIN_SEGMENT_BYTES, clock = () => performance.now() } = workers?.sizes ?? {};
  const { path, id = "" } = file;
  const { plan: { bytes: plan } } = scan;
  const asked: Promise<Found | undefined>[] = [];
  let from = range.from;
  let size = least;

  const look = async (to: number): Promise<Found | undefined> => {
    const own = to - from;
    const askedMs = clock();
    const found = await team.scan({ path, id, plan, from, to });
    const tookMs = clock() - askedMs;
    const wanted = tookMs < SOON_MS ? GROWTH * own : tookMs > LATE_MS ? own / 2 : own;
    const fitting = FOUND_BYTES / (found === undefined ? 1 : shareOf(found));
    size = Math.floor(Math.max(least, Math.min(wanted, fitting, MAX_SEGMENT_BYTES)));
    return found;
  };

  while (true) {
    while (from < range.to && asked.length < team.size) {
      const share = Math.ceil((range.to - from) / SEGMENTS_LEFT);
      const to = Math.min(from + Math.max(least, Math.min(share, size)), range.to);
      asked.push(look(to));
      from = to;
    }
    const next = asked.shift();
    if (next === undefined) return;
    yield next;
  }
}

/** How much of what was looked at was handed over, out of 1. */
function shareOf({ from, upTo, lines }: Found): number {
  return upTo === from ? 0 : lines.length / (upTo - from);
}

/**
 * Judges lines that were found, and sends those that are records of the query; resolves to where the scan goes on, and
 * whether the client has taken what was sent: it goes on before the end when it has not.
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

/**
 * How many lines were done with, how many records were sent, and whether the next line is one that takes longer than a
 * turn.
 */
interface Step {
  readonly done: number;
  readonly sent: number;
  readonly isLong: boolean;
}

/** Sends the records of the lines from the given one on, as many as one batch takes. */
async function sendSome(log: LogScan, { lines, ends }: Found, line: number): Promise<Step> {
  const { pool, scan, signal } = log;
  using lent = await pool.take({ signal });
  // Twice in use, as in `forward.ts`: tests/bundle_test.ts.
  const { address } = lent.item;
  const { bytes } = lent.item;
  const start = ends[line - 1] ?? 0;
  let fitting = line;
  while (fitting < ends.length && (ends[fitting] ?? 0) - start <= bytes.length) fitting++;
  if (fitting === line) return { done: 0, sent: 0, isLong: true };
  const length = (ends[fitting - 1] ?? 0) - start;
  bytes.set(lines.subarray(start, start + length));
  // Where in the file they were matters to parts of messages that are held back, and there are none.
  const selected = selectForward({ from: address, to: address + length, offset: 0 }, scan);
  const sent = sendSelected(log, selected);
  const rest = start - address + (sent < selected.rows ? rowBuffer.lineStart(sent) : selected.rest);
  let done = line;
  while (done < fitting && (ends[done] ?? 0) <= rest) done++;
  return { done: done - line, sent, isLong: selected.long };
}
