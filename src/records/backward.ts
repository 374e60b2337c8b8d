/**
 * A log's records from the last to the first.
 *
 * Promises that the first record costs the same whatever the log's size, one wait for the file per block, and memory that does not depend on the log or its
 * lines. The end is where the log ended when the scan began.
 *
 * @module
 */
import type { LogFile } from "../logs/log_file.ts";
import { type LogScan, openScan, type ScanOptions } from "./log_scan.ts";
import { sendLongLine } from "./long_line.ts";
import { findNextFinal } from "./next_final.ts";
import type { RecordQuery } from "./query.ts";
import { FIRST_READ_BYTES, nextReadBytes } from "./read_size.ts";
import { createRecordRows } from "./record_rows.ts";
import { selectBackward } from "./select.ts";
import { type ByteRange, timeRanges } from "./time_ranges.ts";

const LINE_FEED = 0x0a;

const rows = createRecordRows();

/** Sends the records that the query asks for, newest line of the file first. */
export async function streamBackward(
  file: LogFile,
  query: RecordQuery,
  options: ScanOptions,
): Promise<void> {
  const log = await openScan(file, query, options);
  try {
    for await (
      const range of timeRanges(log, file.size(), { direction: "backward" })
    ) await sendRange(log, range);
  } finally {
    options.onSkip?.(log.scan.skippedLines);
  }
}

/** Sends the records of the lines in the range, last to first. */
async function sendRange(log: LogScan, range: ByteRange): Promise<void> {
  let end = range.to;
  let want = Math.min(FIRST_READ_BYTES, log.pool.blockBytes);
  // What was learnt in a later range says nothing of the lines that were left out in between.
  log.scan.nextFinal = undefined;
  while (end > range.from) {
    const step = await sendBlock(log, { from: range.from, to: end }, want);
    if (step.read === 0) return;
    end -= step.done;
    if (step.sent > 0) await log.sink.ready();
    if (step.lines === 0) {
      if (step.read === log.pool.blockBytes) {
        end = await sendLongLine(log, end, { direction: "backward" });
      }
      want = log.pool.blockBytes;
    } else {
      if (step.done === 0) log.scan.nextFinal = await findNextFinal(log, end);
      want = nextReadBytes(want, step, log.pool.blockBytes);
    }
  }
}

/** What one block gave: bytes read, bytes of whole lines among them, bytes done with from the end, records sent. */
interface Step {
  readonly read: number;
  readonly lines: number;
  readonly done: number;
  readonly sent: number;
}

/** Reads the last `want` bytes of the range and sends the records of its last lines, as many as one batch takes. */
async function sendBlock(
  log: LogScan,
  range: ByteRange,
  want: number,
): Promise<Step> {
  const { file, pool, scan, signal, sink } = log;
  using block = await pool.take({ signal });
  const from = Math.max(range.from, range.to - want);
  const bytes = block.bytes.subarray(0, range.to - from);
  const read = await file.read(bytes, from);
  signal.throwIfAborted();
  // The file was cut shorter than it was: there is nothing at the place where it ended.
  if (read < bytes.length) return { read: 0, lines: 0, done: 0, sent: 0 };
  const start = from === range.from ? 0 : bytes.subarray(0, read - 1).indexOf(LINE_FEED) + 1;
  if (start === 0 && from > range.from) {
    return { read, lines: 0, done: 0, sent: 0 };
  }
  const selected = selectBackward(
    { bytes, start, end: read, offset: from },
    scan,
    rows,
  );
  const sent = rows.count === 0 ? 0 : sink.send(bytes, rows);
  const rest = sent < rows.count ? rows.lineEnd[sent] ?? selected : selected;
  return { read, lines: read - start, done: read - rest, sent };
}
