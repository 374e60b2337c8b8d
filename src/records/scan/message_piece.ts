/**
 * One piece of a long message: read, matched and sent, in as many records as its text needs.
 *
 * A piece is at most as long as a record may be, but its text can be three times as long: U+FFFD takes three bytes and
 * may stand for one. Nothing is held while a client is waited for: each further record of a piece is read from the file
 * again. Memory: two buffers of a piece's size for the whole process, and the copy that a repair needs.
 *
 * @module
 */
import { setImmediate } from "node:timers/promises";
import { emptyHead } from "../../logs/line_head.ts";
import type { LogStream } from "../../logs/line_stream.ts";
import { LogReadError } from "../../logs/log_file.ts";
import { decodePiece } from "../../logs/long_message.ts";
import { characterStart, isUtf8, repairedUtf8, trimmedEnd } from "../../logs/text.ts";
import type { Search } from "../../search/search.ts";
import { createResourcePool } from "../../scheduling/resource_pool.ts";
import type { LogScan } from "./log_scan.ts";
import { MAX_MESSAGE_BYTES, type RowBatch, rowBuffer } from "./row_batch.ts";

/** Steps of a verdict in one time slice: a few milliseconds' worth. */
const SLICE_STEPS = 500_000;

const buffers = createResourcePool([{ bytes: new Uint8Array(), decoded: new Uint8Array() }]);

/** Lets go of the buffers, of four MiB each, that are kept for the next long line; not while they are in use. */
export function forgetLongMessage(): void {
  using lent = buffers.takeSpare(0);
  if (lent !== undefined) Object.assign(lent.item, { bytes: new Uint8Array(), decoded: new Uint8Array() });
}

/** A piece of a message, or a whole line: a range of the file, of {@linkcode MAX_MESSAGE_BYTES} at most. */
export interface MessagePiece {
  /** The first byte. */
  readonly start: number;
  /** The end, exclusive. */
  readonly end: number;
  /** Whether the message ends with it. */
  readonly last: boolean;
  /** Whether it is a line, of which the message is a part; else it is a part of the message. */
  readonly isLine: boolean;
}

/** How a piece is sent. */
export interface SendPieceOptions {
  /** Whether the message is whole with the piece's last record. */
  readonly final: boolean;
  /** In which order its records are sent. */
  readonly direction: "forward" | "backward";
  /** The stream of the container. */
  readonly stream: LogStream | undefined;
}

/** Reads the head of a whole line into the scan's head; resolves to false when it is no record. */
export async function readWholeLine(log: LogScan, line: MessagePiece): Promise<boolean> {
  const { scan: { format, head } } = log;
  using buffer = await buffers.take(log);
  const raw = await readPiece(log, line, buffer.item);
  const isRecord = raw !== undefined && format.read(raw, 0, raw.length, head);
  // It takes megabytes, and is read again when it is sent.
  head.text = undefined;
  return isRecord;
}

/** Sends the records of one piece, with the time of the scan's head, unless it does not match. */
export async function sendPiece(log: LogScan, piece: MessagePiece, options: SendPieceOptions): Promise<void> {
  let records = 1;
  for (let record = 0; record < records;) {
    let sent = await sendRecord(log, piece, { ...options, record, isBegun: false });
    await log.sink.ready();
    // Read from the file again for each part, since nothing of it is held while the client is waited for.
    while (!sent.isWhole) {
      sent = await sendRecord(log, piece, { ...options, record, isBegun: true });
      await log.sink.ready();
    }
    records = sent.records;
    record++;
  }
}

/** A record of which a part was sent is not in the file any more. */
export class CutRecordError extends LogReadError {
  /** The class, as an error log shows it. */
  override readonly name = "CutRecordError";
}

/** What was sent of a piece. */
interface SentRecord {
  /** How many records there are: none where the piece does not match, or is no text. */
  readonly records: number;
  /** Whether the whole record was sent. */
  readonly isWhole: boolean;
}

const NO_RECORD: SentRecord = { records: 0, isWhole: true };

/** Sends one of a piece's records, or, where that is begun, its next part. */
async function sendRecord(
  log: LogScan,
  piece: MessagePiece,
  options: SendPieceOptions & { readonly record: number; readonly isBegun: boolean },
): Promise<SentRecord> {
  const { scan, signal } = log;
  const { final, direction, record, isBegun, stream } = options;
  using buffer = await buffers.take(log);
  const raw = await readPiece(log, piece, buffer.item);
  const text = raw && textOf(log, piece, { raw, into: buffer.item.decoded });
  if (text === undefined) {
    if (isBegun) throw new CutRecordError("Cannot send the rest of a record: the file was cut meanwhile");
    scan.skippedLines++;
    return NO_RECORD;
  }
  const { search } = scan.query;
  if (record === 0 && !isBegun && search !== undefined && !await judged(search, text, signal)) return NO_RECORD;
  // A plain line is printed with its trailing white space.
  const isTrimmed = piece.last && scan.format.kind !== "plain";
  const end = isTrimmed ? trimmedEnd(text, 0, text.length) : text.length;
  const sent = isUtf8(text, 0, end) ? text.subarray(0, end) : repairedUtf8(text, 0, end);
  const cuts = cutsOf(sent);
  const records = cuts.length - 1;
  const index = direction === "forward" ? record : records - 1 - record;
  const [from, to] = cuts.slice(index, index + 2);
  // The file has changed, and the piece has fewer records by now.
  if (from === undefined || to === undefined) {
    if (isBegun) throw new CutRecordError("Cannot send the rest of a record: the file has changed meanwhile");
    return NO_RECORD;
  }
  const isWhole = sendText(log, sent.subarray(from, to), { final: final && index === records - 1, stream });
  return { records, isWhole };
}

/** Reads a piece into a buffer; undefined when the file does not hold all of it any more. */
async function readPiece(
  { file, scan: { format }, signal }: LogScan,
  { start, end }: MessagePiece,
  buffer: { bytes: Uint8Array; decoded: Uint8Array },
): Promise<Uint8Array | undefined> {
  // Allocated for the first such line.
  if (buffer.bytes.length === 0) buffer.bytes = new Uint8Array(MAX_MESSAGE_BYTES);
  if (buffer.decoded.length === 0 && format.kind === "docker") buffer.decoded = new Uint8Array(MAX_MESSAGE_BYTES);
  const raw = buffer.bytes.subarray(0, end - start);
  const read = await file.read(raw, start);
  signal.throwIfAborted();
  return read < raw.length ? undefined : raw;
}

/** The message text of a piece; undefined where it is none. */
function textOf(
  { scan: { format } }: LogScan,
  { isLine }: MessagePiece,
  { raw, into }: { readonly raw: Uint8Array; readonly into: Uint8Array },
): Uint8Array | undefined {
  if (!isLine) return decodePiece(format, raw, into);
  const head = emptyHead();
  if (!format.read(raw, 0, raw.length, head)) return undefined;
  return (head.text ?? raw).subarray(head.messageStart, head.messageEnd);
}

/** Where a text is cut into records, both ends included. */
function cutsOf(text: Uint8Array): number[] {
  const cuts = [0];
  for (let cut = MAX_MESSAGE_BYTES; cut < text.length; cut += MAX_MESSAGE_BYTES) {
    cut = characterStart(text, cut);
    cuts.push(cut);
  }
  cuts.push(text.length);
  return cuts;
}

/** Resolves to the verdict on a long text, which takes several time slices. */
async function judged(search: Search, text: Uint8Array, signal: AbortSignal): Promise<boolean> {
  const judging = search.matcher.judge(text, 0, text.length);
  for (;;) {
    const verdict = judging.advance(SLICE_STEPS);
    if (verdict !== undefined) return verdict;
    await setImmediate();
    signal.throwIfAborted();
  }
}

/** Sends one record with the head's time, or a part of it; returns whether the whole was sent. */
function sendText(
  { scan: { head }, sink }: LogScan,
  text: Uint8Array,
  options: Pick<SendPieceOptions, "final" | "stream">,
): boolean {
  const { seconds, nanos } = head;
  rowBuffer.fillOne({ seconds, nanos, ...options }, text);
  let isWhole = true;
  const send = (batch: RowBatch): number => {
    if (sink.sendLong === undefined) return sink.send(batch);
    isWhole = sink.sendLong(batch);
    return 1;
  };
  rowBuffer.sendTo({ send }, 1);
  return isWhole;
}
