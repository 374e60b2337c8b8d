/**
 * A line that is longer than a block: sent in pieces of what one record may hold on the wire.
 *
 * The pieces depend on the line alone, so both directions send the same ones. All but the last have `final` false; each
 * is matched by itself.
 *
 * @module
 */
import { criStream, dockerStream, type LogStream } from "../../logs/line_stream.ts";
import { cutOffset, EDGE_BYTES, readLongHead } from "../../logs/long_message.ts";
import type { LogScan } from "./log_scan.ts";
import { type MessagePiece, readWholeLine, sendPiece } from "./message_piece.ts";
import { findNextFinal } from "./next_final.ts";
import { isBefore, isBeyond } from "../query.ts";
import { MAX_MESSAGE_BYTES } from "./row_batch.ts";

const LINE_FEED = 0x0a;
const WORD_BYTES = 4;

/** A line in the file: a range of offsets. */
interface LineRange {
  readonly start: number;
  /** The end without the line feed. */
  readonly end: number;
  /** Where the next line begins. */
  readonly next: number;
}

/** A line, and where the first byte in it that is not NUL is. */
interface LongLine extends LineRange {
  readonly content: number;
}

/**
 * Sends the records of the long line that begins (forward) or ends (backward) at file offset `at`; resolves to the
 * offset from which to go on, which is `at` when the line is left because no line feed closes it.
 */
export async function sendLongLine(
  log: LogScan,
  at: number,
  options: { readonly direction: "forward" | "backward"; readonly lastLine?: "sent" | "left" },
): Promise<number> {
  const { direction, lastLine = "sent" } = options;
  const line = direction === "forward" ? await lineFrom(log, at) : await lineUpTo(log, at);
  if (lastLine === "left" && line.next === line.end) return at;
  const { scan } = log;
  const { head, query } = scan;
  const goOn = direction === "forward" ? line.next : line.start;
  // A log that was cut while its writer had it open has a hole before the next line.
  const range = { ...line, start: line.content };
  const form = await readHead(log, range);
  if (form.kind === "no record") {
    scan.skippedLines++;
    return goOn;
  }
  const { messageStart, messageEnd, final } = head;
  const beyond = isBeyond(query, head);
  if (final && direction === "backward") {
    scan.nextFinal = { from: line.start, upTo: line.start, beyond };
  }
  if (
    beyond || isBefore(query, head) ||
    (!final && scan.holdsParts && (await nextFinalBeyond(log, line)))
  ) return goOn;

  const pieces = form.kind === "whole"
    ? [wholeLine(range)]
    : await piecesOf(log, range.start + messageStart, range.start + messageEnd);
  if (direction === "backward") pieces.reverse();
  for (const piece of pieces) {
    await sendPiece(log, piece, { final: piece.last && final, direction, stream: form.stream });
  }
  return goOn;
}

/**
 * Reads the head of the line into the scan's head: from its edges, or where these do not suffice, from the whole of it.
 */
async function readHead(log: LogScan, range: LineRange): Promise<HeadForm> {
  const { format, head } = log.scan;
  const length = range.end - range.start;
  const first = await readExactly(log, range.start, Math.min(EDGE_BYTES, length));
  const last = await readExactly(log, range.end - Math.min(EDGE_BYTES, length), Math.min(EDGE_BYTES, length));
  // In Docker's lines, the stream stands behind the message, in CRI's before it.
  const stream = format.kind === "docker" ? dockerStream(last, 0, last.length) : criStream(first, 0, first.length);
  if (readLongHead(format, { first, last, length }, head)) return { kind: "edges", stream };
  // Docker's keys may stand in another order, as in a shorter line.
  if (format.kind !== "docker" || length > MAX_MESSAGE_BYTES) return { kind: "no record", stream };
  return { kind: await readWholeLine(log, wholeLine(range)) ? "whole" : "no record", stream };
}

/** How the head of a line was read, and the stream that it comes from. */
interface HeadForm {
  readonly kind: "edges" | "whole" | "no record";
  readonly stream: LogStream | undefined;
}

/** A line as one piece. */
function wholeLine({ start, end }: LineRange): MessagePiece {
  return { start, end, last: true, isLine: true };
}

/** Reports whether the message of a part ends beyond the stop. */
async function nextFinalBeyond(log: LogScan, range: LineRange): Promise<boolean> {
  const { scan } = log;
  const known = scan.nextFinal;
  if (known !== undefined && range.start >= known.from && range.start < known.upTo) return known.beyond;
  const { messageStart, messageEnd, seconds, nanos, final } = scan.head;
  const found = known?.from === range.next ? known : await findNextFinal(log, range.next);
  Object.assign(scan.head, { messageStart, messageEnd, seconds, nanos, final });
  scan.nextFinal = { ...found, from: range.start };
  return found.beyond;
}

/** The message in [start, end) of the file in pieces, first to last. */
async function piecesOf(log: LogScan, start: number, end: number): Promise<MessagePiece[]> {
  const pieces: MessagePiece[] = [];
  let from = start;
  while (end - from > MAX_MESSAGE_BYTES) {
    const limit = from + MAX_MESSAGE_BYTES;
    const before = Math.max(start, limit - EDGE_BYTES);
    const around = await readExactly(log, before, Math.min(end, limit + 16) - before);
    const to = before + cutOffset(log.scan.format, around, limit - before);
    pieces.push({ start: from, end: to, last: false, isLine: false });
    from = to;
  }
  pieces.push({ start: from, end, last: true, isLine: false });
  return pieces;
}

/** The line that begins at `start`. */
async function lineFrom(log: LogScan, start: number): Promise<LongLine> {
  const { file, pool, signal } = log;
  let content = start;
  for (let offset = start;;) {
    using lent = await pool.take({ signal });
    // Twice in use, or the bundle's minifier drops the `using`.
    const read = await file.read(lent.item.bytes, offset);
    const { bytes } = lent.item;
    signal.throwIfAborted();
    const feed = bytes.subarray(0, read).indexOf(LINE_FEED);
    const own = feed < 0 ? read : feed;
    if (content === offset) content += nulBytes(bytes.subarray(0, own));
    if (feed >= 0) return { start, content, end: offset + feed, next: offset + feed + 1 };
    offset += read;
    if (read < bytes.length) return { start, content, end: offset, next: offset };
  }
}

/** The line that ends at `next`, behind its line feed where it has one. */
async function lineUpTo(log: LogScan, next: number): Promise<LongLine> {
  const { file, pool, signal } = log;
  const [last] = await readExactly(log, next - 1, 1);
  const end = last === LINE_FEED ? next - 1 : next;
  let content = end;
  for (let offset = end; offset > 0;) {
    using lent = await pool.take({ signal });
    const from = Math.max(0, offset - lent.item.bytes.length);
    const bytes = lent.item.bytes.subarray(0, offset - from);
    const read = await file.read(bytes, from);
    signal.throwIfAborted();
    // The bytes behind these are of another scan, where the file was cut meanwhile.
    const start = bytes.subarray(0, read).lastIndexOf(LINE_FEED) + 1;
    const nul = nulBytes(bytes.subarray(start, read));
    if (start + nul < read) content = from + start + nul;
    if (start > 0) return { start: from + start, content, end, next };
    offset = from;
  }
  return { start: 0, content, end, next };
}

/** How many bytes are NUL before the first that is not. */
function nulBytes(bytes: Uint8Array): number {
  let at = 0;
  // Word by word, where there are many.
  while (at < bytes.length && bytes[at] === 0 && (bytes.byteOffset + at) % WORD_BYTES > 0) at++;
  if (at === bytes.length || bytes[at] !== 0) return at;
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset + at, (bytes.length - at) / WORD_BYTES | 0);
  let word = 0;
  while (word < words.length && words[word] === 0) word++;
  at += word * WORD_BYTES;
  while (at < bytes.length && bytes[at] === 0) at++;
  return at;
}

/** A small piece of the file. */
async function readExactly(
  log: LogScan,
  from: number,
  length: number,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  const read = await log.file.read(bytes, from);
  log.signal.throwIfAborted();
  return bytes.subarray(0, read);
}
