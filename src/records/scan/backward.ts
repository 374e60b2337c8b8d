/**
 * A log's records from the last to the first.
 *
 * Promises that the first record costs the same whatever the log's size, one wait for the file per block, and memory
 * that does not depend on the log or its lines. Begins at the end that the log had when the scan began.
 *
 * @module
 */
import type { LogFile } from "../../logs/log_file.ts";
import { type LogScan, scanLog, type ScanOptions } from "./log_scan.ts";
import { sendLongLine } from "./long_line.ts";
import { ParallelScans } from "../parallel/parallel_scan.ts";
import { findNextFinal } from "./next_final.ts";
import type { RecordQuery } from "../query.ts";
import { firstReadBytes, nextReadBytes, readLimit } from "./read_size.ts";
import { rowBuffer } from "./row_batch.ts";
import { selectBackward, sendSelected } from "./select.ts";
import { nextSlice } from "../../scheduling/time_slice.ts";
import { type ByteRange, timeRanges, type TimeRangesOptions } from "./time_ranges.ts";
import { lineEndWithFeed } from "./whole_lines.ts";

const LINE_FEED = 0x0a;

/** Sends the records that the query asks for, newest line of the file first. */
export async function streamBackward(
  file: LogFile,
  query: RecordQuery,
  options: ScanOptions & Omit<TimeRangesOptions, "direction">,
): Promise<void> {
  const size = file.size();
  const run = async (log: LogScan): Promise<void> => {
    for await (const range of timeRanges(log, size, { ...options, direction: "backward" })) await sendRange(log, range);
  };
  await scanLog(file, query, { ...options, run });
}

/** Sends the records of the lines in the range, last to first. */
async function sendRange(log: LogScan, range: ByteRange): Promise<void> {
  const { scan, sink, figures } = log;
  let end = range.to;
  let want = firstReadBytes(log);
  const parallel = new ParallelScans(log, { direction: "backward" });
  while (end > range.from) {
    log.file.noteReached?.(end);
    // Little was found so far, or a block would not be so large. Behind `end`, a line was read: another begins there.
    if (want === log.pool.blockBytes && end < range.to && parallel.isDue({ from: range.from, to: end })) {
      const reached = await parallel.send({ from: range.from, to: end });
      if (reached !== undefined) {
        end = reached;
        await sink.ready();
        continue;
      }
    }
    const step = await sendBlock(log, { from: range.from, to: end }, want);
    if (step.read === 0) return;
    end -= step.done;
    figures.scannedBytes += step.done;
    if (step.sent > 0) await sink.ready();
    const limit = readLimit(log);
    if (step.lines === 0 || step.long) {
      // No whole line was read, or one that is too long for a time slice.
      if (step.read >= limit || step.long) {
        const next = await sendLongLine(log, end, { direction: "backward" });
        figures.scannedBytes += end - next;
        end = next;
      }
      want = limit;
    } else {
      if (step.done === 0) scan.nextFinal = await findNextFinal(log, end);
      want = nextReadBytes(want, step, limit);
    }
  }
}

/**
 * The result of one block: bytes read, bytes of whole lines among them, bytes done from the end, records sent, and
 * whether the next line is too long for a time slice.
 */
interface Step {
  readonly read: number;
  readonly lines: number;
  readonly done: number;
  readonly sent: number;
  readonly long: boolean;
}

/** Reads the last `want` bytes of the range and sends the records of its last lines, as many as one batch takes. */
async function sendBlock(log: LogScan, range: ByteRange, want: number): Promise<Step> {
  const { pool, reader, scan } = log;
  const from = Math.max(range.from, range.to - want);
  using block = await reader.load(from, range.to - from);
  const { address, read } = block;
  const { bytes } = block;
  // The file was cut: there is nothing at the offset where it ended.
  if (read < bytes.length) return { read: 0, lines: 0, done: 0, sent: 0, long: false };
  const start = from === range.from ? 0 : bytes.subarray(0, read - 1).indexOf(LINE_FEED) + 1;
  if (start === 0 && from > range.from) return { read, lines: 0, done: 0, sent: 0, long: false };
  if (want === pool.blockBytes && from > range.from) {
    const next = Math.max(range.from, from + start - want);
    reader.ahead(next, from + start - next);
  }
  await nextSlice(log);
  const selected = selectBackward({ from: address + start, to: address + read, offset: from - address }, scan);
  const sent = sendSelected(log, selected);
  const rest = sent < selected.rows ? lineEndWithFeed(rowBuffer.lineEnd(sent), address + read) : selected.rest;
  return { read, lines: read - start, done: address + read - rest, sent, long: selected.long };
}
