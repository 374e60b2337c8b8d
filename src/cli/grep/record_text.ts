/**
 * A record as a line of text: file, time, message – the first only where there are several files, the second only where the lines tell it.
 *
 * @module
 */
import { kernel } from "../../kernel/kernel.ts";
import type { MatchRange } from "../../search/engine/matcher.ts";
import type { MatchFinder } from "./match_finder.ts";
import { type Output, putByte, putBytes } from "../files/output.ts";
import { putHarmless } from "./terminal_text.ts";
import { putTime } from "../files/time_text.ts";

const { memory, rows } = kernel;
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

/** What puts a row of the kernel as a line of text. */
export function recordText(options: RecordTextOptions): (out: Output, row: number) => void {
  const { file, hasTimes, isColourful, isForTerminal, finder } = options;
  const prefix = file === undefined ? undefined : encoder.encode(file);
  const putText = isForTerminal ? putHarmless : putBytes;
  const put = (out: Output, bytes: Uint8Array): void => putBytes(out, bytes, 0, bytes.length);

  /** The message, its matches in their colour. */
  function putMessage(out: Output, row: number): void {
    const end = rows.trimmedEnd[row] ?? 0;
    let from = rows.messageStart[row] ?? 0;
    if (isColourful && finder !== undefined) {
      for (const { start, end: matchEnd } of matchesIn(row, finder)) {
        putText(out, memory, from, start);
        put(out, MATCH);
        putText(out, memory, start, matchEnd);
        put(out, PLAIN);
        from = matchEnd;
      }
    }
    putText(out, memory, from, end);
  }

  return (out, row) => {
    if (prefix !== undefined) {
      if (isColourful) put(out, FILE);
      putText(out, prefix, 0, prefix.length);
      if (isColourful) put(out, PLAIN);
      putByte(out, COLON);
    }
    if (hasTimes) {
      if (isColourful) put(out, TIME);
      putTime(out, rows.seconds[row] ?? 0, rows.nanos[row] ?? 0);
      if (isColourful) put(out, PLAIN);
      putByte(out, BLANK);
    }
    putMessage(out, row);
    // The log's own colours end with the message.
    if (isColourful || (isForTerminal && holdsEscape(row))) put(out, PLAIN);
    putByte(out, LINE_FEED);
  };
}

function holdsEscape(row: number): boolean {
  return memory.subarray(rows.messageStart[row], rows.trimmedEnd[row]).includes(ESCAPE);
}

/** Where the matches are that are not empty, within what is printed. */
function* matchesIn(row: number, finder: MatchFinder): Generator<MatchRange> {
  const start = rows.messageStart[row] ?? 0;
  const end = rows.messageEnd[row] ?? 0;
  const shown = rows.trimmedEnd[row] ?? 0;
  if (end - start > MAX_BYTES) return;
  let from = start;
  for (let count = 0; count < MAX_MATCHES && from < shown;) {
    const found = finder.find(memory, start, end, { from });
    if (found === undefined || found.start >= shown) return;
    if (found.end > found.start) {
      yield { start: found.start, end: Math.min(found.end, shown) };
      count++;
    }
    from = Math.max(found.end, from + 1);
  }
}
