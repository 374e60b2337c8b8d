/**
 * A log's records from the first to the last.
 *
 * Promises one wait for the file per block, and memory that does not depend on the log or its lines. A line that is
 * being written when the scan reaches it is sent once, as far as it is there. Reads up to the end that the log had when
 * the scan began; lines that are written later are for a follow.
 *
 * @module
 */
import type { LogFile } from "../../logs/log_file.ts";
import { type LogScan, scanLog, type ScanOptions } from "./log_scan.ts";
import { sendLongLine } from "./long_line.ts";
import { findNextFinal } from "./next_final.ts";
import type { RecordQuery } from "../query.ts";
import { firstReadBytes, nextReadBytes, readLimit } from "./read_size.ts";
import { rowBuffer } from "./row_batch.ts";
import { ParallelScans } from "../parallel/parallel_scan.ts";
import { selectForward, sendSelected } from "./select.ts";
import { nextSlice } from "../../scheduling/time_slice.ts";
import { type ByteRange, timeRanges, type TimeRangesOptions } from "./time_ranges.ts";
import { type BlockLines, endOfLines, type LastLine } from "./whole_lines.ts";

/** What can be set for a forward stream. */
export interface ForwardOptions extends ScanOptions, Omit<TimeRangesOptions, "direction"> {
  /** Whether a last line without a line feed is sent. @default {"sent"} */
  readonly lastLine?: LastLine;
}

/**
 * Sends the records that the query asks for, in the order of the file; resolves to the offset from which a follow goes
 * on: behind the last line that is done.
 */
export async function streamForward(file: LogFile, query: RecordQuery, options: ForwardOptions): Promise<number> {
  const { lastLine = "sent" } = options;
  const size = file.size();
  let end = 0;
  const run = async (log: LogScan): Promise<void> => {
    // A follow goes on from the start of a line, which is only known when the last part has been read.
    for await (
      const range of timeRanges(log, size, { ...options, direction: "forward", keepLast: lastLine === "left" })
    ) {
      end = await sendForward(log, range, { lastLine });
    }
  };
  await scanLog(file, query, { ...options, run });
  return end;
}

/** Sends the records of the lines that begin in the range; resolves to the offset behind the last of them. */
export async function sendForward(
  log: LogScan,
  range: ByteRange,
  options: { readonly lastLine: LastLine },
): Promise<number> {
  const { scan, sink, figures } = log;
  const { lastLine } = options;
  let offset = range.from;
  let want = firstReadBytes(log);
  const parallel = new ParallelScans(log, { direction: "forward" });
  while (offset < range.to) {
    log.file.noteReached?.(offset);
    // Little was found so far, or a block would not be so large.
    if (want === log.pool.blockBytes && parallel.isDue({ from: offset, to: range.to })) {
      const reached = await parallel.send({ from: offset, to: range.to });
      if (reached !== undefined) {
        offset = reached;
        await sink.ready();
        continue;
      }
    }
    const step = await sendBlock(log, { from: offset, to: range.to, want, lastLine });
    if (step.read === 0) break;
    offset += step.done;
    figures.scannedBytes += step.done;
    if (step.sent > 0) await sink.ready();
    const limit = readLimit(log);
    if (step.lines === 0 || step.long) {
      // No whole line was read, or one that is too long for a time slice.
      if (step.ended && !step.long) break;
      if (want >= limit || step.long) {
        const next = await sendLongLine(log, offset, { direction: "forward", lastLine });
        if (next === offset) break;
        figures.scannedBytes += next - offset;
        offset = next;
      }
      want = limit;
    } else {
      if (step.done === 0) scan.nextFinal = await findNextFinal(log, offset);
      want = nextReadBytes(want, step, limit);
    }
  }
  return offset;
}

/**
 * The result of one block: bytes read, bytes of whole lines among them, bytes that are done, records sent, whether the
 * file ends in it, and whether the next line is too long for a time slice.
 */
interface Step {
  readonly read: number;
  readonly lines: number;
  readonly done: number;
  readonly sent: number;
  readonly ended: boolean;
  readonly long: boolean;
}

/** The part of a file to read. */
interface Portion extends ByteRange {
  readonly want: number;
  readonly lastLine: LastLine;
}

/** Reads up to `want` bytes of the range and sends the records of its first lines, as many as one batch takes. */
async function sendBlock(log: LogScan, range: Portion): Promise<Step> {
  const { pool, reader } = log;
  const { want, lastLine } = range;
  using block = await reader.load(range.from, want);
  // Used twice, as every lent item is, or the bundle's minifier drops the `using`: tests/bundle_test.ts.
  const { address, read } = block;
  const ended = read < block.bytes.length;
  const lines = endOfLines(block.bytes, read, { limit: range.to - range.from, lastLine });
  if (lines === 0) return { read, lines, done: 0, sent: 0, ended, long: false };
  // A block of the greatest size: little was found in those before it, so one batch is likely to take all of it.
  if (want === pool.blockBytes && range.from + lines < range.to) {
    reader.ahead(range.from + lines, want, { to: range.to });
  }
  await nextSlice(log);
  return {
    read,
    lines,
    ended,
    ...sendLines(log, { from: address, to: address + lines, offset: range.from - address }),
  };
}

/**
 * Sends the records of the first of these lines, as many as one batch takes; returns bytes done, records sent, and
 * whether the next line is too long for a time slice.
 */
function sendLines(log: LogScan, lines: BlockLines): Pick<Step, "done" | "sent" | "long"> {
  const selected = selectForward(lines, log.scan);
  const { rows, rest, long } = selected;
  const sent = sendSelected(log, selected);
  return { done: (sent < rows ? rowBuffer.lineStart(sent) : rest) - lines.from, sent, long };
}

/**
 * Sends the records of the whole lines among bytes that were read before; the first of them is byte `from` of the file.
 * Resolves to how many bytes are done. It reads nothing more.
 */
export async function sendAtHand(log: LogScan, bytes: Uint8Array, from: number): Promise<number> {
  const { pool, sink } = log;
  const whole = endOfLines(bytes, bytes.length, { limit: bytes.length, lastLine: "left" });
  if (whole > pool.blockBytes) return 0;
  let done = 0;
  while (done < whole) {
    await nextSlice(log);
    const step = sendCopied(log, bytes.subarray(done, whole), from + done);
    if (step.done === 0) break;
    done += step.done;
    log.figures.scannedBytes += step.done;
    if (step.sent > 0) await sink.ready();
  }
  return done;
}

/** Copies lines to a block and does as `sendLines`; where no block is free, does nothing. */
function sendCopied(log: LogScan, bytes: Uint8Array, from: number): Pick<Step, "done" | "sent"> {
  using lent = log.pool.takeSpare(0);
  if (lent === undefined) return { done: 0, sent: 0 };
  const { address, bytes: block } = lent.item;
  block.set(bytes);
  return sendLines(log, { from: address, to: address + bytes.length, offset: from - address });
}
