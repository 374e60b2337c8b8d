/**
 * A record as a line of text: file, time, message – the first only where there are several files, the second only where
 * the lines tell it.
 *
 * @module
 */
import type { RowBatch } from "../../records/scan/row_batch.ts";
import type { MatchFinder } from "./match_finder.ts";
import { matchesIn } from "./matches_in.ts";
import { type Output, putByte, putBytes } from "../files/output.ts";
import { type PrefixOptions, recordPrefix, SEPARATOR } from "./record_prefix.ts";
import { putHarmless } from "./terminal_text.ts";

const encoder = new TextEncoder();
const LINE_FEED = 0x0a;
const ESCAPE = 0x1b;

const MATCH = encoder.encode("\x1b[1;31m");
const PLAIN = encoder.encode("\x1b[0m");
/** In place of a message that is too long: rg's words. */
const LONG_MATCH = encoder.encode("[Omitted long matching line]");
const LONG_CONTEXT = encoder.encode("[Omitted long context line]");

/** Matches that are shown as such in one message, and the longest message in which they are: finding them is slow. */
const MAX_MATCHES = 200;
const MAX_BYTES = 16 * 1024;

/** What the lines hold, and how they look. */
export interface RecordTextOptions extends PrefixOptions {
  /** Finds what is to be shown in the colour of matches, where there are colours, or what is printed alone. */
  readonly finder?: MatchFinder | undefined;
  /** Whether only the matches are printed, each in a line. @default {false} */
  readonly onlyMatching?: boolean;
  /** The most bytes of a message that is printed, its line feed counted as by rg. @default none */
  readonly maxColumns?: number | undefined;
}

/** Puts a record as text; positional arguments: these are called for each record. */
export interface RecordText {
  /** Puts one that matches. */
  readonly match: (out: Output, batch: RowBatch, row: number) => void;
  /** Puts one that stands beside such a record. */
  readonly context: (out: Output, batch: RowBatch, row: number) => void;
}

/** Returns what puts a record as a line of text. */
export function recordText(options: RecordTextOptions): RecordText {
  const { hasTimes, isColourful, isForTerminal, finder, onlyMatching = false, maxColumns = Infinity } = options;
  const putPrefix = recordPrefix(options);
  const putText = isForTerminal ? putHarmless : putBytes;
  const put = (out: Output, bytes: Uint8Array): void => putBytes(out, bytes, 0, bytes.length);
  /** Where the message ends as it is printed: a plain line has its trailing white space, but on a terminal. */
  const shownEnd = (batch: RowBatch, row: number): number =>
    hasTimes || isForTerminal ? batch.messageEnd(row) : batch.matchedEnd(row);
  const isLong = (batch: RowBatch, row: number): boolean =>
    shownEnd(batch, row) - batch.messageStart(row) >= maxColumns;

  /** Ends the log's own colours, and the line. */
  function endLine(out: Output, batch: RowBatch, row: number): void {
    if (isColourful || (isForTerminal && holdsEscape(batch, row))) put(out, PLAIN);
    putByte(out, LINE_FEED);
  }

  /** The message, its matches in their colour. */
  function putMessage(out: Output, batch: RowBatch, row: number): void {
    const { bytes } = batch;
    const end = shownEnd(batch, row);
    let from = batch.messageStart(row);
    if (isColourful && finder !== undefined && batch.matchedEnd(row) - from <= MAX_BYTES) {
      let shown = 0;
      for (const { start, end: matchEnd } of matchesIn(batch, row, { finder, shown: end })) {
        if (matchEnd === start) continue;
        putText(out, bytes, from, start);
        put(out, MATCH);
        putText(out, bytes, start, matchEnd);
        put(out, PLAIN);
        from = matchEnd;
        if (++shown === MAX_MATCHES) break;
      }
    }
    putText(out, bytes, from, end);
  }

  function putWhole(out: Output, batch: RowBatch, row: number): void {
    putPrefix(out, batch, row, SEPARATOR.match);
    if (isLong(batch, row)) put(out, LONG_MATCH);
    else putMessage(out, batch, row);
    endLine(out, batch, row);
  }

  /** Each match in a line. */
  function putMatches(out: Output, batch: RowBatch, row: number): void {
    for (
      const { start, end } of matchesIn(batch, row, { finder: finder as MatchFinder, shown: shownEnd(batch, row) })
    ) {
      putPrefix(out, batch, row, SEPARATOR.match);
      if (isColourful) put(out, MATCH);
      if (end - start > maxColumns) put(out, LONG_MATCH);
      else putText(out, batch.bytes, start, end);
      endLine(out, batch, row);
    }
  }

  function putContext(out: Output, batch: RowBatch, row: number): void {
    putPrefix(out, batch, row, SEPARATOR.context);
    if (isLong(batch, row)) put(out, LONG_CONTEXT);
    else putText(out, batch.bytes, batch.messageStart(row), shownEnd(batch, row));
    endLine(out, batch, row);
  }

  return { match: onlyMatching && finder !== undefined ? putMatches : putWhole, context: putContext };
}

function holdsEscape(batch: RowBatch, row: number): boolean {
  return batch.bytes.subarray(batch.messageStart(row), batch.messageEnd(row)).includes(ESCAPE);
}
