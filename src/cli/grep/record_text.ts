/**
 * A record as a line of text: file, time, message – the first only where there are several files, the second only where
 * the lines tell it.
 *
 * @module
 */
import type { RowBatch } from "../../records/scan/row_batch.ts";
import type { MatchRange } from "../../search/engine/matcher.ts";
import type { MatchFinder } from "./match_finder.ts";
import { type Output, putByte, putBytes } from "../files/output.ts";
import { putHarmless } from "./terminal_text.ts";
import { putTime } from "../files/time_text.ts";

const encoder = new TextEncoder();
const LINE_FEED = 0x0a;
const BLANK = 0x20;
const COLON = 0x3a;
const ESCAPE = 0x1b;

const FILE = encoder.encode("\x1b[35m");
const TIME = encoder.encode("\x1b[2m");
const MATCH = encoder.encode("\x1b[1;31m");
const PLAIN = encoder.encode("\x1b[0m");

/** Matches that are shown as such in one message, and the longest message in which they are: finding them is slow. */
const MAX_MATCHES = 200;
const MAX_BYTES = 16 * 1024;

/** What the lines hold, and how they look. */
export interface RecordTextOptions {
  /** The file's name, where it is told. */
  readonly file?: string | undefined;
  /** Whether the file's lines tell their times. */
  readonly hasTimes: boolean;
  /** Whether there are colours. */
  readonly isColourful: boolean;
  /** Whether a terminal reads them. */
  readonly isForTerminal: boolean;
  /** Finds what is to be shown in the colour of matches, where there are colours. */
  readonly finder?: MatchFinder | undefined;
}

/** Returns what puts a record as a line of text. */
export function recordText(options: RecordTextOptions): (out: Output, batch: RowBatch, row: number) => void {
  const { file, hasTimes, isColourful, isForTerminal, finder } = options;
  const prefix = file === undefined ? undefined : encoder.encode(file);
  const putText = isForTerminal ? putHarmless : putBytes;
  const put = (out: Output, bytes: Uint8Array): void => putBytes(out, bytes, 0, bytes.length);

  /** The message, its matches in their colour. */
  function putMessage(out: Output, batch: RowBatch, row: number): void {
    const { bytes } = batch;
    const end = batch.messageEnd(row);
    let from = batch.messageStart(row);
    if (isColourful && finder !== undefined) {
      for (const { start, end: matchEnd } of matchesIn(batch, row, finder)) {
        putText(out, bytes, from, start);
        put(out, MATCH);
        putText(out, bytes, start, matchEnd);
        put(out, PLAIN);
        from = matchEnd;
      }
    }
    putText(out, bytes, from, end);
  }

  return (out, batch, row) => {
    if (prefix !== undefined) {
      if (isColourful) put(out, FILE);
      putText(out, prefix, 0, prefix.length);
      if (isColourful) put(out, PLAIN);
      putByte(out, COLON);
    }
    if (hasTimes) {
      if (isColourful) put(out, TIME);
      putTime(out, batch.seconds(row), batch.nanos(row));
      if (isColourful) put(out, PLAIN);
      putByte(out, BLANK);
    }
    putMessage(out, batch, row);
    // The log's own colours end with the message.
    if (isColourful || (isForTerminal && holdsEscape(batch, row))) put(out, PLAIN);
    putByte(out, LINE_FEED);
  };
}

function holdsEscape(batch: RowBatch, row: number): boolean {
  return batch.bytes.subarray(batch.messageStart(row), batch.messageEnd(row)).includes(ESCAPE);
}

/** Where the matches are that are not empty, within what is printed. */
function* matchesIn(batch: RowBatch, row: number, finder: MatchFinder): Generator<MatchRange> {
  const start = batch.messageStart(row);
  const end = batch.matchedEnd(row);
  const shown = batch.messageEnd(row);
  if (end - start > MAX_BYTES) return;
  let from = start;
  for (let count = 0; count < MAX_MATCHES && from < shown;) {
    const found = finder.find(batch.bytes, start, end, { from });
    if (found === undefined || found.start >= shown) return;
    if (found.end > found.start) {
      yield { start: found.start, end: Math.min(found.end, shown) };
      count++;
    }
    from = Math.max(found.end, from + 1);
  }
}
