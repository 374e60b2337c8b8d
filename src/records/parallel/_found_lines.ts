/**
 * The lines that a scan worker has found: judged, and sent as records, first to last or last to first.
 *
 * @module
 */
import { nextSlice } from "../../scheduling/time_slice.ts";
import type { LogScan } from "../scan/log_scan.ts";
import { sendLongLine } from "../scan/long_line.ts";
import { findNextFinal } from "../scan/next_final.ts";
import { rowBuffer } from "../scan/row_batch.ts";
import { selectBackward, selectForward, sendSelected } from "../scan/select.ts";
import { isSoon } from "../scan/slow_client.ts";
import { type BlockLines, lineEndWithFeed } from "../scan/whole_lines.ts";
import type { Direction } from "./_segments.ts";
import type { Found } from "./scan_worker.ts";

/**
 * The end of a message is looked up in the file, for each part by itself. Where one segment has more such parts, a scan
 * without workers is faster: it has the lines between them at hand.
 */
const MAX_LOOKUPS = 64;

/** How far a segment was sent. */
export interface SentFound {
  /** The offset from which the scan goes on; before the segment's far end where not all of it was sent. */
  readonly reached: number;
  /** Whether the workers can go on: the client has taken all batches, and few parts of messages were found. */
  readonly canGoOn: boolean;
}

/** Judges lines that were found, and sends those that are records of the query. */
export async function sendFound(log: LogScan, found: Found, direction: Direction): Promise<SentFound> {
  const { ends, offsets, from, upTo } = found;
  const isForward = direction === "forward";
  const count = ends.length;
  let lookups = 0;
  for (let done = 0; done < count;) {
    await nextSlice(log);
    const step = await (isForward ? sendFirst(log, found, done) : sendLast(log, found, count - done));
    done += step.done;
    const next = isForward ? done : count - 1 - done;
    if (step.isLong) {
      const at = offsets[next] ?? 0;
      await sendLongLine(log, isForward ? at : at + lengthOf(found, next), { direction });
      done++;
    } else if (step.sent > 0 && !await isSoon(log.sink.ready())) {
      return { reached: borderAt(found, done, isForward), canGoOn: false };
    } else if (step.done === 0) {
      // A part of a message, of which the end decides.
      if (++lookups > MAX_LOOKUPS) return { reached: borderAt(found, done, isForward), canGoOn: false };
      log.scan.nextFinal = await findNextFinal(log, offsets[next] ?? 0);
    }
  }
  return { reached: isForward ? upTo : from, canGoOn: true };
}

/** How many bytes a line has, with its line feed. */
function lengthOf({ ends }: Found, line: number): number {
  return (ends[line] ?? 0) - (ends[line - 1] ?? 0);
}

/** The offset from which to go on where so many lines are done: no line that was found lies between it and them. */
function borderAt({ offsets, from, upTo }: Found, done: number, isForward: boolean): number {
  if (isForward) return offsets[done] ?? upTo;
  const line = offsets.length - done;
  return line === 0 ? from : offsets[line] ?? upTo;
}

/** How many lines are done, how many records were sent, and whether the next line takes longer than a time slice. */
interface Step {
  readonly done: number;
  readonly sent: number;
  readonly isLong: boolean;
}

const LONG: Step = { done: 0, sent: 0, isLong: true };

/** Sends the records of the lines from the given one on, as many as one batch takes. */
async function sendFirst(log: LogScan, found: Found, first: number): Promise<Step> {
  const { ends } = found;
  const start = ends[first - 1] ?? 0;
  let end = first;
  while (end < ends.length && (ends[end] ?? 0) - start <= log.pool.blockBytes) end++;
  if (end === first) return LONG;
  using block = await copied(log, found, { first, end });
  // Used twice, as in `forward.ts`: tests/bundle_test.ts.
  const { address } = block;
  const { lines } = block;
  const selected = selectForward(lines, log.scan);
  const sent = sendSelected(log, selected);
  const rest = start - address + (sent < selected.rows ? rowBuffer.lineStart(sent) : selected.rest);
  let done = first;
  while (done < end && (ends[done] ?? 0) <= rest) done++;
  return { done: done - first, sent, isLong: selected.long };
}

/** Sends the records of the lines before the given one, last to first, as many as one batch takes. */
async function sendLast(log: LogScan, found: Found, end: number): Promise<Step> {
  const { ends } = found;
  const stop = ends[end - 1] ?? 0;
  let first = end;
  while (first > 0 && stop - (ends[first - 2] ?? 0) <= log.pool.blockBytes) first--;
  if (end === first) return LONG;
  using block = await copied(log, found, { first, end });
  const { address } = block;
  const { lines } = block;
  const selected = selectBackward(lines, log.scan);
  const sent = sendSelected(log, selected);
  const upTo = sent < selected.rows ? lineEndWithFeed(rowBuffer.lineEnd(sent), lines.to) : selected.rest;
  const rest = (ends[first - 1] ?? 0) - address + upTo;
  let done = end;
  while (done > first && (ends[done - 2] ?? 0) >= rest) done--;
  return { done: end - done, sent, isLong: selected.long };
}

/** Lines that were found, in a block. */
interface CopiedLines extends Disposable {
  readonly address: number;
  readonly lines: BlockLines;
}

/** Copies the lines [first, end) to a block. */
async function copied(
  { pool, signal }: LogScan,
  found: Found,
  { first, end }: { readonly first: number; readonly end: number },
): Promise<CopiedLines> {
  const lent = await pool.take({ signal });
  const { address, bytes } = lent.item;
  const start = found.ends[first - 1] ?? 0;
  const length = (found.ends[end - 1] ?? 0) - start;
  bytes.set(found.lines.subarray(start, start + length));
  return {
    address,
    lines: { from: address, to: address + length, offset: 0, offsetOf: (at) => offsetOf(found, start - address + at) },
    [Symbol.dispose]: () => lent[Symbol.dispose](),
  };
}

/** Returns where the line that begins at byte `start` of those that were found begins in the file. */
function offsetOf({ ends, offsets }: Found, start: number): number {
  let low = 0;
  let high = ends.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ends[middle] ?? 0) <= start) low = middle + 1;
    else high = middle;
  }
  return offsets[low] ?? 0;
}
