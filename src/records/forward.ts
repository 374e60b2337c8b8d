/**
 * A log's records from the first to the last.
 *
 * Promises one wait for the file per block, memory that does not depend on the log or its lines, and that a line which is being written when the scan reaches
 * it is delivered once, as far as it is there. Reads to where the log ended when the scan began; what is written later is for a follow.
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
import { selectForward } from "./select.ts";
import { type ByteRange, timeRanges } from "./time_ranges.ts";

const LINE_FEED = 0x0a;

const rows = createRecordRows();

/** Sends the records that the query asks for, in the order of the file; resolves to the offset from which a follow would go on. */
export async function streamForward(
  file: LogFile,
  query: RecordQuery,
  options: ScanOptions,
): Promise<number> {
  const log = await openScan(file, query, options);
  const size = file.size();
  let end = 0;
  try {
    for await (const range of timeRanges(log, size, { direction: "forward" })) {
      end = await sendRange(log, range);
    }
  } finally {
    options.onSkip?.(log.scan.skippedLines);
  }
  return Math.max(end, size);
}

/** Sends the records of the lines that begin in the range; resolves to the offset behind the last of them. */
async function sendRange(log: LogScan, range: ByteRange): Promise<number> {
  let offset = range.from;
  let want = Math.min(FIRST_READ_BYTES, log.pool.blockBytes);
  while (offset < range.to) {
    const step = await sendBlock(log, { from: offset, to: range.to }, want);
    if (step.read === 0) break;
    offset += step.done;
    if (step.sent > 0) await log.sink.ready();
    if (step.lines === 0) {
      // Not one whole line in what was read.
      if (step.read === log.pool.blockBytes) {
        offset = await sendLongLine(log, offset, { direction: "forward" });
      }
      want = log.pool.blockBytes;
    } else {
      if (step.done === 0) {
        log.scan.nextFinal = await findNextFinal(log, offset);
      }
      want = nextReadBytes(want, step, log.pool.blockBytes);
    }
  }
  return offset;
}

/** What one block gave: bytes read, bytes of whole lines among them, bytes done with, records sent. */
interface Step {
  readonly read: number;
  readonly lines: number;
  readonly done: number;
  readonly sent: number;
}

/** Reads up to `want` bytes of the range and sends the records of its first lines, as many as one batch takes. */
async function sendBlock(
  log: LogScan,
  range: ByteRange,
  want: number,
): Promise<Step> {
  const { file, pool, scan, signal, sink } = log;
  using block = await pool.take({ signal });
  // Twice in use, or the bundle's minifier drops the `using`: tests/bundle_test.ts.
  const bytes = block.bytes.subarray(0, Math.min(want, block.bytes.length));
  const read = await file.read(bytes, range.from);
  signal.throwIfAborted();
  const lines = endOfLines(bytes, read, range.to - range.from);
  if (lines === 0) return { read, lines, done: 0, sent: 0 };
  const selected = selectForward(
    { bytes, start: 0, end: lines, offset: range.from },
    scan,
    rows,
  );
  const sent = rows.count === 0 ? 0 : sink.send(bytes, rows);
  return {
    read,
    lines,
    done: sent < rows.count ? rows.lineStart[sent] ?? selected : selected,
    sent,
  };
}

/** The end of the last line in the first `read` bytes that begins before `limit` and is whole: closed by a line feed, or by the end of the file. */
function endOfLines(bytes: Uint8Array, read: number, limit: number): number {
  const atEnd = read < bytes.length;
  if (read >= limit && bytes[limit - 1] === LINE_FEED) return limit;
  if (read >= limit) {
    const feed = bytes.subarray(0, read).indexOf(LINE_FEED, limit);
    if (feed >= 0) return feed + 1;
  }
  return atEnd || read === 0 ? read : bytes.lastIndexOf(LINE_FEED, Math.min(read, limit) - 1) + 1;
}
