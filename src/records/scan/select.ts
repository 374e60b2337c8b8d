/**
 * From a block of whole lines to rows: the synchronous heart of every stream, in either direction.
 *
 * Owns the rules of what is a record of a query: the line is of the log's format, its time lies within the bounds, the
 * last part of its message lies not beyond the stop, and it matches. The kernel applies what it can; a line that its
 * fast form does not read is read here, by the scalar twin. Does not read files and does not wait.
 *
 * @module
 */
import { kernel, VERDICT } from "../../kernel/kernel.ts";
import { isBefore, isBeyond } from "../query.ts";
import type { RecordSink } from "../record_sink.ts";
import { fateOfPart } from "./message_part.ts";
import { rowBuffer } from "./row_batch.ts";
import type { Scan } from "./scan.ts";
import { type BlockLines, lineEndWithFeed } from "./whole_lines.ts";

const { memory, spans } = kernel;

/** Lines that the scalar twin reads in one time slice: a few milliseconds' worth. */
const MAX_SLOW_LINES = 1000;

/** Messages over this size are judged in time slices of their own. */
const MAX_JUDGED_BYTES = 64 * 1024;

/**
 * For each row of the last selection, how many lines that are no records came before it; and behind the last row, how
 * many in all.
 */
const skippedBefore = new Int32Array(rowBuffer.capacity + 1);

/** The result of a selection. */
export interface Selection {
  /** How many rows are filled, in the order in which they are to be sent. */
  readonly rows: number;
  /**
   * The address from which to go on (backward: up to which): at the far end of the lines when all of them are done. It
   * is where the selection began when its first line is a part of a message whose end has to be looked up first.
   */
  readonly rest: number;
  /** Whether the line there is too long to be judged in this time slice, or for a record. */
  readonly long: boolean;
}

/** Whether a scan worker has found the lines: then they tell nothing of the others. */
function areFound({ offsetOf }: BlockLines): boolean {
  return offsetOf !== undefined;
}

/** What a worker has found holds all that is required. */
function setPlan(lines: BlockLines, { choice }: Scan): void {
  kernel.setPlan(choice.bytes, areFound(lines) ? undefined : choice.required);
}

function noteLines({ choice }: Scan, named: number, bytes: number): void {
  choice.note(bytes, { tried: kernel.linesTried(), named, required: choice.required });
}

/** Fills the rows with the lines' records, first to last, as far as there is room. */
export function selectForward(lines: BlockLines, scan: Scan): Selection {
  if (!areFound(lines)) scan.choice.sample(lines.from, lines.to);
  setPlan(lines, scan);
  scan.query.search?.matcher.beginSlice();
  let named = kernel.scanLines(lines.from, lines.to);
  let end = kernel.scannedTo();
  if (!areFound(lines)) noteLines(scan, named, end - lines.from);
  const long = scan.judgesLines ? firstLongLine(named) : -1;
  if (long >= 0) named = long;
  const judged = judgedLines(scan, named, { backward: false });
  const isCut = long >= 0 || judged < named;
  if (isCut) end = kernel.lineStart(judged);
  named = matching(scan, judged);
  const filled = fill(scan, named, { backward: false });
  const kept = keep(lines, scan, filled.rows);
  rowBuffer.keep(kept.rows);
  scan.choice.noteVerdicts(judged, kept.rows);
  if (kept.stoppedAt !== undefined) {
    const rest = rowBuffer.lineStart(kept.stoppedAt);
    return { rows: kept.rows, rest, long: kept.isLong && rest === lines.from };
  }
  const rest = filled.lines < named ? kernel.lineStart(filled.lines) : end;
  return { rows: kept.rows, rest, long: isCut && rest === end && rest === lines.from };
}

/** Fills the rows with the lines' records, last to first, as far as there is room. */
export function selectBackward(lines: BlockLines, scan: Scan): Selection {
  if (!areFound(lines)) scan.choice.sample(lines.from, lines.to);
  setPlan(lines, scan);
  scan.query.search?.matcher.beginSlice();
  let { from } = lines;
  let named = kernel.scanLines(from, lines.to);
  // More lines than can be named, or one that is too long: the lines behind come first.
  while (kernel.scannedTo() < lines.to) {
    from = kernel.scannedTo();
    named = kernel.scanLines(from, lines.to);
  }
  if (!areFound(lines)) noteLines(scan, named, lines.to - from);
  const long = scan.judgesLines ? lastLongLine(named) : -1;
  if (long >= 0) {
    from = lineEndWithFeed(kernel.lineEnd(long), lines.to);
    if (from === lines.to) return { rows: 0, rest: from, long: true };
    named = kernel.scanLines(from, lines.to);
  }
  const judged = judgedLines(scan, named, { backward: true });
  if (judged < named) {
    from = lineEndWithFeed(kernel.lineEnd(named - judged - 1), lines.to);
    if (from === lines.to) return { rows: 0, rest: from, long: true };
    // Those that were not judged are left, also the ones that need no verdict.
    for (let line = 0; line < named - judged; line++) spans[line * 3 + 2] = VERDICT.no;
  }
  named = matching(scan, named);
  const filled = fill(scan, named, { backward: true });
  const kept = keep(lines, scan, filled.rows);
  rowBuffer.keep(kept.rows);
  scan.choice.noteVerdicts(judged, kept.rows);
  if (kept.stoppedAt !== undefined) {
    const rest = lineEndWithFeed(rowBuffer.lineEnd(kept.stoppedAt), lines.to);
    return { rows: kept.rows, rest, long: kept.isLong && rest === lines.to };
  }
  return { rows: kept.rows, rest: filled.lines < named ? kernel.lineStart(named - filled.lines) : from, long: false };
}

/** The first named line that is too long to be judged with the others, or −1. */
function firstLongLine(named: number): number {
  for (let line = 0; line < named; line++) {
    if (kernel.lineEnd(line) - kernel.lineStart(line) > MAX_JUDGED_BYTES) return line;
  }
  return -1;
}

/** The last named line that is too long to be judged with the others, or −1. */
function lastLongLine(named: number): number {
  for (let line = named - 1; line >= 0; line--) {
    if (kernel.lineEnd(line) - kernel.lineStart(line) > MAX_JUDGED_BYTES) return line;
  }
  return -1;
}

/** Whether messages are judged before they are read: those of CRI lines are. */
function judgesFirst({ judgesLines, format }: Scan): boolean {
  return judgesLines && (format.kind === "cri" || format.kind === "strict cri");
}

/**
 * Judges the messages of the named lines where that comes before they are read; returns how many are done in this time
 * slice, from the first on, or from the last.
 */
function judgedLines(scan: Scan, named: number, options: { readonly backward: boolean }): number {
  const { search } = scan.query;
  if (search === undefined || !judgesFirst(scan)) return named;
  kernel.spansOfLines(named);
  return search.matcher.judgeSpans(named, options);
}

/** Drops those of the first `named` lines that were judged and do not match; returns how many are left. */
function matching(scan: Scan, named: number): number {
  return judgesFirst(scan) ? kernel.keepMatchingLines(named) : named;
}

function fill(scan: Scan, named: number, options: { readonly backward: boolean }): { rows: number; lines: number } {
  const { query: { start, stop }, format, plan } = scan;
  return rowBuffer.fill(named, { format: format.kind, backward: options.backward, exact: plan.exact, start, stop });
}

/** Rows that stay, and the row at which the selection has to stop, when it has to. */
interface Kept {
  readonly rows: number;
  readonly stoppedAt: number | undefined;
  /**
   * Whether that is so because its verdict takes longer than this time slice may, or its text is more than there is
   * room for.
   */
  readonly isLong: boolean;
}

/**
 * Has the scalar twin read what the kernel could not, drops the rows that are none, and returns at which row to stop.
 */
function keep(lines: BlockLines, scan: Scan, filled: number): Kept {
  skippedBefore.fill(0, 0, filled + 1);
  // CRI lines were judged before they were read.
  const matcher = scan.judgesLines && !judgesFirst(scan) ? scan.query.search?.matcher : undefined;
  let judged = filled;
  if (matcher !== undefined) {
    rowBuffer.putSpans(filled);
    judged = matcher.judgeSpans(filled);
  }
  if (matcher === undefined && !scan.holdsParts && !rowBuffer.hasSlow()) {
    return { rows: filled, stoppedAt: undefined, isLong: false };
  }
  let kept = 0;
  let slowLines = 0;
  let skipped = 0;
  for (let row = 0; row < filled; row++) {
    if (row >= judged) return { rows: kept, stoppedAt: row, isLong: true };
    if (rowBuffer.isSlow(row)) {
      if (++slowLines > MAX_SLOW_LINES) return { rows: kept, stoppedAt: row, isLong: false };
      const read = readSlowly(scan, row);
      if (read === "no record") {
        skippedBefore[kept] = ++skipped;
        continue;
      }
      if (read === "no match") continue;
      if (read !== "record") return { rows: kept, stoppedAt: row, isLong: true };
    } else if (matcher !== undefined && spans[row * 3 + 2] === VERDICT.no) {
      continue;
    }
    if (scan.holdsParts && !rowBuffer.isFinal(row)) {
      const fate = fateOfPart(lines, scan, row);
      if (fate === "unknown") return { rows: kept, stoppedAt: row, isLong: false };
      if (fate === "left out") continue;
    }
    rowBuffer.move(row, kept++);
    skippedBefore[kept] = skipped;
  }
  return { rows: kept, stoppedAt: undefined, isLong: false };
}

/**
 * Sends the rows of a selection, and counts the lines before them that were no records; returns how many rows the sink
 * has taken.
 */
export function sendSelected({ scan, sink }: { scan: Scan; sink: RecordSink }, selected: Selection): number {
  const sent = rowBuffer.sendTo(sink, selected.rows);
  scan.skippedLines += skippedBefore[sent] ?? 0;
  return sent;
}

/** Reads the line of a row with the scalar twin. */
function readSlowly(scan: Scan, row: number): "record" | "no record" | "no match" | "no room" | "too long" {
  const { format, head, query } = scan;
  if (!format.read(memory, rowBuffer.lineStart(row), rowBuffer.lineEnd(row), head)) return "no record";
  if (isBefore(query, head) || isBeyond(query, head)) return "no match";
  if (query.search !== undefined) {
    const verdict = query.search.matcher.matchesInSlice(head.text ?? memory, head.messageStart, head.messageEnd);
    if (verdict !== true) return verdict === undefined ? "too long" : "no match";
  }
  return rowBuffer.fillFrom(row, head) ? "record" : "no room";
}
