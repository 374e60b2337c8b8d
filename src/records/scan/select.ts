/**
 * From a block of whole lines to rows: the synchronous heart of every stream, in either direction.
 *
 * Owns the rules of what is a record of a query: the line is of the log's format, its time lies within the bounds, its message is one that its last part
 * does not carry beyond the stop, and it matches. The kernel applies what it can; a line that its fast form does not take is read here, by the slow twin.
 * Does not read files and does not wait.
 *
 * @module
 */
import { FINAL, kernel, SLOW, VERDICT } from "../../kernel/kernel.ts";
import { emptyHead, type LineFormat, type LineHead } from "../../logs/line_head.ts";
import { EVERY_LINE, type KernelPlan } from "../../search/plan/kernel_plan.ts";
import { isBefore, isBeyond, type RecordQuery } from "../query.ts";
import { fillRow, lineEndWithFeed, moveRow, rowEnd, rowStart } from "./rows.ts";

const { memory, rows, spans } = kernel;
const LINE_FEED = 0x0a;
/** Lines that the slow twin reads in one turn: a few milliseconds' worth. */
const MAX_SLOW_LINES = 1000;

/** Messages over this size are judged in turns of their own. */
const MAX_JUDGED_BYTES = 64 * 1024;

/** For each row of the last selection, how many lines that are no records came before it; and behind the last row, how many in all. */
const skippedBefore = new Int32Array(rows.capacity + 1);

/** What is known of the next whole message after some place: it decides over the parts of a message that the stop cuts. */
export interface NextFinal {
  /** Lines that begin at file offset `from` or later … */
  readonly from: number;
  /** … and before `upTo`, where that message's line begins, are decided by it. */
  readonly upTo: number;
  /** Whether its time lies beyond the stop. */
  readonly beyond: boolean;
}

/** One scan of one log: what stays the same from block to block, and the little that does not. */
export interface Scan {
  /** What is wanted. */
  readonly query: RecordQuery;
  /** How the log's lines read. */
  readonly format: LineFormat;
  /** What the kernel looks for. */
  readonly plan: KernelPlan;
  /** The line at hand. */
  readonly head: LineHead;
  /** Whether parts of a message are held back until its end is known. */
  readonly holdsParts: boolean;
  /** Whether each line that the kernel names has to be judged. */
  readonly judgesLines: boolean;
  /** The last thing learnt of a whole message ahead. */
  nextFinal: NextFinal | undefined;
  /** Lines that were looked at and were no records, blank ones not counted; what a selection found is added when its rows have been sent. */
  skippedLines: number;
}

/** A scan that has seen nothing. */
export function createScan(query: RecordQuery, format: LineFormat): Scan {
  const plan = query.search?.kernelPlans[format.kind === "docker" ? "docker" : "cri"] ?? EVERY_LINE;
  return {
    query,
    format,
    plan,
    judgesLines: query.search !== undefined && !plan.exact,
    head: emptyHead(),
    holdsParts: query.stop !== undefined && format.tagsParts,
    nextFinal: undefined,
    skippedLines: 0,
  };
}

/** Whole lines in a block, and where the block lies in the file. */
export interface BlockLines {
  /** The address of the first line. */
  readonly from: number;
  /** The end of the last line, behind its line feed where it has one. */
  readonly to: number;
  /** File offset of address 0. */
  readonly offset: number;
}

/** What a selection gave. */
export interface Selection {
  /** How many rows are filled, in the order in which they are to be sent. */
  readonly rows: number;
  /**
   * The address from which to go on (backward: up to which): at the far end of the lines when all of them are done. It is where the selection began when
   * its first line is a part of a message whose end has to be looked up first.
   */
  readonly rest: number;
  /** Whether the line there is too long to be judged in this turn, or for a record. */
  readonly long: boolean;
}

/** Fills the rows with the lines' records, first to last, as far as there is room. */
export function selectForward(lines: BlockLines, scan: Scan): Selection {
  kernel.setPlan(scan.plan.bytes);
  scan.query.search?.matcher.beginSlice();
  let named = kernel.scanLines(lines.from, lines.to);
  let end = kernel.scannedTo();
  const long = scan.judgesLines ? firstLongLine(named) : -1;
  if (long >= 0) named = long;
  const judged = judgedLines(scan, named, { backward: false });
  const isCut = long >= 0 || judged < named;
  if (isCut) end = kernel.lineStart(judged);
  named = matching(scan, judged);
  const filled = fill(scan, named, { backward: false });
  const kept = keep(lines, scan, filled.rows);
  kernel.setRows(kept.rows);
  if (kept.stoppedAt !== undefined) {
    const rest = rowStart(kept.stoppedAt);
    return { rows: kept.rows, rest, long: kept.isLong && rest === lines.from };
  }
  const rest = filled.lines < named ? kernel.lineStart(filled.lines) : end;
  return { rows: kept.rows, rest, long: isCut && rest === end && rest === lines.from };
}

/** Fills the rows with the lines' records, last to first, as far as there is room. */
export function selectBackward(lines: BlockLines, scan: Scan): Selection {
  kernel.setPlan(scan.plan.bytes);
  scan.query.search?.matcher.beginSlice();
  let { from } = lines;
  let named = kernel.scanLines(from, lines.to);
  // More lines than can be named, or one that is too long: what is behind comes first.
  while (kernel.scannedTo() < lines.to) {
    from = kernel.scannedTo();
    named = kernel.scanLines(from, lines.to);
  }
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
  }
  // Those that were not judged are dropped, too.
  named = matching(scan, named);
  const filled = fill(scan, named, { backward: true });
  const kept = keep(lines, scan, filled.rows);
  kernel.setRows(kept.rows);
  if (kept.stoppedAt !== undefined) {
    const rest = rowEnd(kept.stoppedAt, lines.to);
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
  return judgesLines && format.kind === "cri";
}

/** Judges the messages of the named lines where that comes before they are read; how many are done with in this turn, from the first on, or from the last. */
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
  return kernel.fillRows(named, { format: format.kind, backward: options.backward, exact: plan.exact, start, stop });
}

/** Rows that stay, and the row at which the selection has to stop, when it has to. */
interface Kept {
  readonly rows: number;
  readonly stoppedAt: number | undefined;
  /** Whether that is so because its verdict takes longer than this turn may, or its text is more than there is room for. */
  readonly isLong: boolean;
}

/** Has the slow twin read what the kernel could not, drops the rows that are none, and says at which row to stop. */
function keep(lines: BlockLines, scan: Scan, filled: number): Kept {
  skippedBefore.fill(0, 0, filled + 1);
  // CRI lines were judged before they were read.
  const matcher = scan.judgesLines && !judgesFirst(scan) ? scan.query.search?.matcher : undefined;
  let judged = filled;
  if (matcher !== undefined) {
    kernel.spansOfRows(filled);
    judged = matcher.judgeSpans(filled);
  }
  if (matcher === undefined && !scan.holdsParts && kernel.slowRows() === 0) {
    return { rows: filled, stoppedAt: undefined, isLong: false };
  }
  let kept = 0;
  let slowLines = 0;
  let skipped = 0;
  let textAt = kernel.textEnd();
  for (let row = 0; row < filled; row++) {
    if (row >= judged) return { rows: kept, stoppedAt: row, isLong: true };
    if (rows.flags[row] === SLOW) {
      if (++slowLines > MAX_SLOW_LINES) return { rows: kept, stoppedAt: row, isLong: false };
      const end = readSlowly(scan, row, textAt);
      if (end === "no record") {
        skippedBefore[kept] = ++skipped;
        continue;
      }
      if (end === "no match") continue;
      if (end === "no room" || end === "too long") return { rows: kept, stoppedAt: row, isLong: true };
      textAt = end;
    } else if (matcher !== undefined && spans[row * 3 + 2] === VERDICT.no) {
      continue;
    }
    if (scan.holdsParts && rows.flags[row] !== FINAL) {
      const fate = fateOfPart(lines, scan, row);
      if (fate === "unknown") return { rows: kept, stoppedAt: row, isLong: false };
      if (fate === "left out") continue;
    }
    moveRow(row, kept++);
    skippedBefore[kept] = skipped;
  }
  return { rows: kept, stoppedAt: undefined, isLong: false };
}

/** Counts the lines that were no records, up to the first row that was not sent. */
export function countSkipped(scan: Scan, sent: number): void {
  scan.skippedLines += skippedBefore[sent] ?? 0;
}

/** Reads the line of a row; returns where the next text may be put. */
function readSlowly(
  scan: Scan,
  row: number,
  textAt: number,
): number | "no record" | "no match" | "no room" | "too long" {
  const { format, head, query } = scan;
  if (!format.read(memory, rows.lineStart[row] ?? 0, rows.lineEnd[row] ?? 0, head)) return "no record";
  if (isBefore(query, head) || isBeyond(query, head)) return "no match";
  if (query.search !== undefined) {
    const verdict = query.search.matcher.matchesInSlice(head.text ?? memory, head.messageStart, head.messageEnd);
    if (verdict !== true) return verdict === undefined ? "too long" : "no match";
  }
  return fillRow(row, head, textAt) ?? "no room";
}

/** Whether the message that a part within the bounds belongs to ends within them, too. */
function fateOfPart(lines: BlockLines, scan: Scan, row: number): "sent" | "left out" | "unknown" {
  const start = lines.offset + (rows.lineStart[row] ?? 0);
  const known = scan.nextFinal;
  if (known === undefined || start < known.from || start >= known.upTo) {
    const found = nextFinalWithin(lines, scan, row);
    if (found === undefined) return "unknown";
    scan.nextFinal = found;
    return found.beyond ? "left out" : "sent";
  }
  return known.beyond ? "left out" : "sent";
}

/** Looks for the next whole message behind a row's line, in the block and in what is known already. */
function nextFinalWithin(lines: BlockLines, scan: Scan, row: number): NextFinal | undefined {
  const { format, head, query, nextFinal } = scan;
  const from = lines.offset + (rows.lineStart[row] ?? 0);
  for (let start = (rows.lineEnd[row] ?? 0) + 1; start < lines.to;) {
    if (nextFinal !== undefined && lines.offset + start >= nextFinal.from && lines.offset + start < nextFinal.upTo) {
      return { ...nextFinal, from };
    }
    const feed = memory.subarray(start, lines.to).indexOf(LINE_FEED);
    const end = feed < 0 ? lines.to : start + feed;
    if (format.read(memory, start, end, head) && head.final) {
      return { from, upTo: lines.offset + start, beyond: isBeyond(query, head) };
    }
    start = end + 1;
  }
  // Backward, what lies behind the block was seen before it.
  if (nextFinal !== undefined && nextFinal.from === lines.offset + lines.to) return { ...nextFinal, from };
  return undefined;
}
