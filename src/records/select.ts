/**
 * From a block of whole lines to rows: the synchronous heart of every stream, in either direction.
 *
 * Owns the rules of what is a record of a query: the line is of the log's format, its time lies within the bounds, its message is one that its last part
 * does not carry beyond the stop, and it matches. Does not read files and does not wait.
 *
 * @module
 */
import { emptyHead, type LineFormat, type LineHead } from "../logs/line_head.ts";
import { isUtf8, repairedUtf8, trimmedEnd } from "../logs/text.ts";
import { isBefore, isBeyond, type RecordQuery } from "./query.ts";
import { MAX_ROWS, type RecordRows, truncateRows } from "./record_rows.ts";

const LINE_FEED = 0x0a;

/** What is known of the next whole message after some place: it decides over the parts of a message that the stop cuts. */
export interface NextFinal {
  /** The file offset of that line; parts that begin before it are decided by it. */
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
  /** The line at hand. */
  readonly head: LineHead;
  /** The last thing learnt of a whole message ahead. */
  nextFinal: NextFinal | undefined;
  /** Whether parts of a message are held back until its end is known. */
  readonly holdsParts: boolean;
  /** Lines that were no records, blank ones not counted. */
  skippedLines: number;
}

/** A scan that has seen nothing. */
export function createScan(query: RecordQuery, format: LineFormat): Scan {
  const holdsParts = query.stop !== undefined && format.tagsParts;
  return { query, format, holdsParts, head: emptyHead(), nextFinal: undefined, skippedLines: 0 };
}

/** Lines within a block, and where the block lies in the file. */
export interface BlockLines {
  /** The buffer. */
  readonly bytes: Uint8Array;
  /** Where the first line begins. */
  readonly start: number;
  /** The end of the last line, behind its line feed where it has one. */
  readonly end: number;
  /** The file offset of `bytes[0]`. */
  readonly offset: number;
}

/**
 * Fills the rows with the lines' records, first to last, and returns the offset in the block from which to go on: `end`, or less when the rows are full or
 * an undecided part was met (then the line there is the one to decide, by `Scan.nextFinal`).
 */
export function selectForward(
  lines: BlockLines,
  scan: Scan,
  rows: RecordRows,
): number {
  const { bytes, end, offset } = lines;
  const { query, head } = scan;
  truncateRows(rows, 0);
  // Rows from here on are parts of a message whose last part has not been seen yet.
  let undecidedFrom = 0;
  let start = lines.start;
  while (start < end && rows.count < MAX_ROWS) {
    const feed = bytes.indexOf(LINE_FEED, start);
    const lineEnd = feed < 0 || feed >= end ? end : feed;
    const next = feed < 0 || feed >= end ? end : feed + 1;
    if (readLine(scan, bytes, start, lineEnd)) {
      const beyond = isBeyond(query, head);
      if (head.final || !scan.holdsParts) {
        if (beyond) truncateRows(rows, undecidedFrom);
        if (!beyond && isWanted(scan, bytes)) {
          addRow(rows, head, bytes, start, next);
        }
        undecidedFrom = rows.count;
      } else if (!beyond && isWanted(scan, bytes)) {
        const known = scan.nextFinal !== undefined && offset + start < scan.nextFinal.upTo ? scan.nextFinal : undefined;
        if (known?.beyond !== true) addRow(rows, head, bytes, start, next);
        if (known !== undefined) undecidedFrom = rows.count;
      }
    }
    start = next;
  }
  if (undecidedFrom < rows.count) {
    start = rows.lineStart[undecidedFrom] ?? start;
    truncateRows(rows, undecidedFrom);
  }
  return start;
}

/**
 * Fills the rows with the lines' records, last to first, and returns the offset in the block up to which is still to be done: `start`, or more when the rows
 * are full or an undecided part was met (the line that ends there).
 */
export function selectBackward(
  lines: BlockLines,
  scan: Scan,
  rows: RecordRows,
): number {
  const { bytes, start, offset } = lines;
  const { query, head } = scan;
  truncateRows(rows, 0);
  let end = lines.end;
  while (end > start && rows.count < MAX_ROWS) {
    const lineEnd = bytes[end - 1] === LINE_FEED ? end - 1 : end;
    const lineStart = lineEnd === start ? start : Math.max(start, bytes.lastIndexOf(LINE_FEED, lineEnd - 1) + 1);
    if (readLine(scan, bytes, lineStart, lineEnd)) {
      const beyond = isBeyond(query, head);
      if (!scan.holdsParts) {
        if (!beyond && isWanted(scan, bytes)) addRow(rows, head, bytes, lineStart, end);
      } else if (head.final) {
        scan.nextFinal = { upTo: offset + lineStart, beyond };
        if (!beyond && isWanted(scan, bytes)) {
          addRow(rows, head, bytes, lineStart, end);
        }
      } else if (!beyond) {
        const known = scan.nextFinal !== undefined &&
            offset + lineStart < scan.nextFinal.upTo
          ? scan.nextFinal
          : undefined;
        if (known === undefined) return end;
        if (!known.beyond && isWanted(scan, bytes)) {
          addRow(rows, head, bytes, lineStart, end);
        }
      }
    }
    end = lineStart;
  }
  return end;
}

/** Reads a line into the scan's head; false for one that is no record. */
function readLine(
  scan: Scan,
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  if (start === end) return false;
  if (scan.format.read(bytes, start, end, scan.head)) return true;
  scan.skippedLines++;
  return false;
}

/** Whether the record in the head is not too early and matches. */
function isWanted(scan: Scan, bytes: Uint8Array): boolean {
  const { query, head } = scan;
  if (isBefore(query, head)) return false;
  return query.matcher === undefined ||
    query.matcher.matches(
      head.text ?? bytes,
      head.messageStart,
      head.messageEnd,
    );
}

/** Appends the record in the head, without the message's trailing white space. */
function addRow(
  rows: RecordRows,
  head: LineHead,
  bytes: Uint8Array,
  lineStart: number,
  lineEnd: number,
): void {
  const source = head.text ?? bytes;
  head.messageEnd = trimmedEnd(source, head.messageStart, head.messageEnd);
  rows.lineStart[rows.count] = lineStart;
  rows.lineEnd[rows.count] = lineEnd;
  appendMessage(rows, head, bytes);
}

/** Appends a record with the head's time and its message as it is, but for what is no UTF-8 in it. */
export function appendMessage(
  rows: RecordRows,
  head: LineHead,
  bytes: Uint8Array,
): void {
  const row = rows.count++;
  const { messageStart, messageEnd, text } = head;
  const source = text ?? bytes;
  const repaired = isUtf8(source, messageStart, messageEnd)
    ? undefined
    : repairedUtf8(source, messageStart, messageEnd);
  rows.seconds[row] = head.seconds;
  rows.nanos[row] = head.nanos;
  rows.final[row] = head.final ? 1 : 0;
  rows.text[row] = repaired ?? text;
  rows.messageStart[row] = repaired === undefined ? messageStart : 0;
  rows.messageEnd[row] = repaired === undefined ? messageEnd : repaired.length;
}
