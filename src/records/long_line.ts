/**
 * A line that is longer than a block: sent in pieces of what one record may hold on the wire.
 *
 * The pieces' places depend on the line alone, so both directions send the same ones. All but the last have `final` false; each is matched by itself. Memory:
 * two buffers of a piece's size for the whole process, and the copy that a repair needs.
 *
 * @module
 */
import { cutPlace, decodePiece, EDGE_BYTES, readLongHead } from "../logs/long_message.ts";
import { characterStart, isUtf8, repairedUtf8, trimmedEnd } from "../logs/text.ts";
import { setImmediate } from "node:timers/promises";
import { FINAL, kernel } from "../kernel/kernel.ts";
import type { Search } from "../search/search.ts";
import { createLending } from "./lending.ts";
import type { LogScan } from "./log_scan.ts";
import { findNextFinal } from "./next_final.ts";
import { isBefore, isBeyond } from "./query.ts";
import { MAX_MESSAGE_BYTES, placeText } from "./rows.ts";

const LINE_FEED = 0x0a;
/** Steps of one turn of a verdict: a few milliseconds' worth. */
const TURN_STEPS = 500_000;

const pieces = createLending([{ bytes: new Uint8Array(), decoded: new Uint8Array() }]);

/** A line's place in the file. */
interface LinePlace {
  readonly start: number;
  /** The end without the line feed. */
  readonly end: number;
  /** Where the next line begins. */
  readonly next: number;
}

/**
 * Sends the records of the long line that begins (forward) or ends (backward) at file offset `at`; resolves to the offset from which to go on,
 * which is `at` when the line is left because no line feed closes it.
 */
export async function sendLongLine(
  log: LogScan,
  at: number,
  options: { readonly direction: "forward" | "backward"; readonly lastLine?: "sent" | "left" },
): Promise<number> {
  const { direction, lastLine = "sent" } = options;
  const place = direction === "forward" ? await lineFrom(log, at) : await lineUpTo(log, at);
  if (lastLine === "left" && place.next === place.end) return at;
  const { scan } = log;
  const { head, query } = scan;
  const goOn = direction === "forward" ? place.next : place.start;
  const length = place.end - place.start;
  const first = await readExactly(
    log,
    place.start,
    Math.min(EDGE_BYTES, length),
  );
  const last = await readExactly(
    log,
    place.end - Math.min(EDGE_BYTES, length),
    Math.min(EDGE_BYTES, length),
  );
  if (!readLongHead(scan.format, { first, last, length }, head)) {
    scan.skippedLines++;
    return goOn;
  }
  const { messageStart, messageEnd, final } = head;
  const beyond = isBeyond(query, head);
  if (final && direction === "backward") {
    scan.nextFinal = { from: place.start, upTo: place.start, beyond };
  }
  if (
    beyond || isBefore(query, head) ||
    (!final && scan.holdsParts && (await nextFinalBeyond(log, place)))
  ) return goOn;

  const cuts = await cutPlaces(
    log,
    place.start + messageStart,
    place.start + messageEnd,
  );
  const order = cuts.slice(1).map((end, piece) => ({
    start: cuts[piece] ?? end,
    end,
    last: piece === cuts.length - 2,
  }));
  if (direction === "backward") order.reverse();
  for (const piece of order) {
    await sendPiece(log, piece, { final: piece.last && final, direction });
  }
  return goOn;
}

/** Whether the message that the part at `place` belongs to ends beyond the stop. */
async function nextFinalBeyond(log: LogScan, place: LinePlace): Promise<boolean> {
  const { scan } = log;
  const known = scan.nextFinal;
  if (known !== undefined && place.start >= known.from && place.start < known.upTo) return known.beyond;
  const { messageStart, messageEnd, seconds, nanos, final } = scan.head;
  const found = known?.from === place.next ? known : await findNextFinal(log, place.next);
  Object.assign(scan.head, { messageStart, messageEnd, seconds, nanos, final });
  scan.nextFinal = { ...found, from: place.start };
  return found.beyond;
}

/** A piece of the message: a range of the file, and whether it is the last. */
interface Piece {
  readonly start: number;
  readonly end: number;
  readonly last: boolean;
}

/** Reads one piece, matches it and sends it. */
async function sendPiece(
  log: LogScan,
  piece: Piece,
  options: {
    readonly final: boolean;
    readonly direction: "forward" | "backward";
  },
): Promise<void> {
  const { file, scan, signal, sink } = log;
  const { format, query: { search } } = scan;
  let repaired: Uint8Array | undefined;
  {
    using buffer = await pieces.take({ signal });
    const { item } = buffer;
    // Made when the first such line is met.
    if (item.bytes.length === 0) item.bytes = new Uint8Array(MAX_MESSAGE_BYTES);
    if (item.decoded.length === 0 && format.kind === "docker") item.decoded = new Uint8Array(MAX_MESSAGE_BYTES);
    const raw = item.bytes.subarray(0, piece.end - piece.start);
    const read = await file.read(raw, piece.start);
    signal.throwIfAborted();
    const text = read < raw.length ? undefined : decodePiece(format, raw, item.decoded);
    if (text === undefined) {
      scan.skippedLines++;
      return;
    }
    if (search !== undefined && !await judged(search, text, signal)) return;
    const end = piece.last ? trimmedEnd(text, 0, text.length) : text.length;
    if (isUtf8(text, 0, end)) {
      sendText(log, text, { start: 0, end, final: options.final });
    } else repaired = repairedUtf8(text, 0, end);
  }
  if (repaired === undefined) return await sink.ready();
  // A repaired text is up to three times as long.
  const cuts = [0];
  for (let cut = 0; cut < repaired.length;) {
    cut = cut + MAX_MESSAGE_BYTES >= repaired.length
      ? repaired.length
      : characterStart(repaired, cut + MAX_MESSAGE_BYTES);
    cuts.push(cut);
  }
  const parts = cuts.slice(1).map((end, part) => ({
    start: cuts[part] ?? end,
    end,
    final: options.final && end === cuts.at(-1),
  }));
  if (options.direction === "backward") parts.reverse();
  for (const part of parts) {
    sendText(log, repaired, part);
    await sink.ready();
  }
}

/** The verdict on a long text, in turns. */
async function judged(search: Search, text: Uint8Array, signal: AbortSignal): Promise<boolean> {
  const judging = search.matcher.judge(text, 0, text.length);
  for (;;) {
    const verdict = judging.advance(TURN_STEPS);
    if (verdict !== undefined) return verdict;
    await setImmediate();
    signal.throwIfAborted();
  }
}

/** Sends one record with the head's time. */
function sendText(
  log: LogScan,
  text: Uint8Array,
  part: { readonly start: number; readonly end: number; readonly final: boolean },
): void {
  const { scan: { head }, sink } = log;
  const { rows } = kernel;
  rows.seconds[0] = head.seconds;
  rows.nanos[0] = head.nanos;
  rows.flags[0] = part.final ? FINAL : 0;
  placeText(0, text.subarray(part.start, part.end), kernel.text.address);
  sink.send(1);
}

/** Where the message in [start, end) of the file is cut, both ends included. */
async function cutPlaces(
  log: LogScan,
  start: number,
  end: number,
): Promise<number[]> {
  const cuts = [start];
  for (
    let cut = start + MAX_MESSAGE_BYTES;
    cut < end;
    cut += MAX_MESSAGE_BYTES
  ) {
    const from = Math.max(start, cut - EDGE_BYTES);
    const around = await readExactly(log, from, Math.min(end, cut + 16) - from);
    cut = from + cutPlace(log.scan.format, around, cut - from);
    cuts.push(cut);
  }
  cuts.push(end);
  return cuts;
}

/** The line that begins at `start`. */
async function lineFrom(log: LogScan, start: number): Promise<LinePlace> {
  const { file, pool, signal } = log;
  for (let offset = start;;) {
    using lent = await pool.take({ signal });
    const read = await file.read(lent.item.bytes, offset);
    signal.throwIfAborted();
    const feed = lent.item.bytes.subarray(0, read).indexOf(LINE_FEED);
    if (feed >= 0) {
      return { start, end: offset + feed, next: offset + feed + 1 };
    }
    offset += read;
    if (read < lent.item.bytes.length) return { start, end: offset, next: offset };
  }
}

/** The line that ends at `next`, behind its line feed where it has one. */
async function lineUpTo(log: LogScan, next: number): Promise<LinePlace> {
  const { file, pool, signal } = log;
  const [last] = await readExactly(log, next - 1, 1);
  const end = last === LINE_FEED ? next - 1 : next;
  for (let offset = end; offset > 0;) {
    using lent = await pool.take({ signal });
    const from = Math.max(0, offset - lent.item.bytes.length);
    const bytes = lent.item.bytes.subarray(0, offset - from);
    await file.read(bytes, from);
    signal.throwIfAborted();
    const feed = bytes.lastIndexOf(LINE_FEED);
    if (feed >= 0) return { start: from + feed + 1, end, next };
    offset = from;
  }
  return { start: 0, end, next };
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
