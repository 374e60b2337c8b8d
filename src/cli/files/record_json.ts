/**
 * A record as a line of JSON: `{"timestamp":"…","message":"…","is_final":true}`.
 *
 * The names are those of the wire contract. Where a line tells no time, `timestamp` is left out; where there are
 * several files, `file` comes first.
 *
 * @module
 */
import type { RowBatch } from "../../records/scan/row_batch.ts";
import { type Output, putByte, putBytes, reserve } from "./output.ts";
import { putTime } from "./time_text.ts";

const encoder = new TextEncoder();
const TIMESTAMP = encoder.encode('"timestamp":"');
const MESSAGE = encoder.encode('"message":"');
const TIME_END = encoder.encode('",');
const WHOLE_END = encoder.encode('","is_final":true}\n');
const PART_END = encoder.encode('","is_final":false}\n');

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const FIRST_PRINTED = 0x20;
const DELETE = 0x7f;
/** The first byte of U+0080 to U+00BF; up to U+009F they are controls. */
const LATIN = 0xc2;
const LAST_LATIN_CONTROL = 0x9f;
const HEX = encoder.encode("0123456789abcdef");
const ESCAPES = new Map(
  [[0x08, "b"], [0x09, "t"], [0x0a, "n"], [0x0c, "f"], [0x0d, "r"]].map(([byte, letter]) =>
    [byte as number, (letter as string).charCodeAt(0)] as const
  ),
);
/** An escape takes at most six bytes: `\u001b`. */
const LONGEST_ESCAPE = 6;

/** What the lines hold besides message and `is_final`. */
export interface RecordJsonOptions {
  /** The file's name, where it is told. */
  readonly file?: string | undefined;
  /** Whether the file's lines tell their times. */
  readonly hasTimes: boolean;
  /** Whether the record matches, where those beside such records are printed, too. */
  readonly isMatch?: boolean;
}

/** Returns what puts a record as a line of JSON. */
export function recordJson(options: RecordJsonOptions): (out: Output, batch: RowBatch, row: number) => void {
  const { file, hasTimes, isMatch } = options;
  const fileText = file === undefined ? "" : `"file":${JSON.stringify(file)},`;
  const open = encoder.encode(`{${fileText}${isMatch === undefined ? "" : `"is_match":${isMatch},`}`);
  return (out, batch, row) => {
    putBytes(out, open, 0, open.length);
    if (hasTimes) {
      putBytes(out, TIMESTAMP, 0, TIMESTAMP.length);
      putTime(out, batch.seconds(row), batch.nanos(row));
      putBytes(out, TIME_END, 0, TIME_END.length);
    }
    putBytes(out, MESSAGE, 0, MESSAGE.length);
    putEscaped(out, batch.bytes, batch.messageStart(row), batch.messageEnd(row));
    const end = batch.isFinal(row) ? WHOLE_END : PART_END;
    putBytes(out, end, 0, end.length);
  };
}

/**
 * Puts `source[start, end)`, which is UTF-8, as the inside of a JSON string without a control character in it, so that
 * terminals may show it.
 */
export function putEscaped(out: Output, source: Uint8Array, start: number, end: number): void {
  let from = start;
  for (let at = start; at < end; at++) {
    const byte = source[at] ?? 0;
    if (byte >= FIRST_PRINTED && byte !== QUOTE && byte !== BACKSLASH && byte !== DELETE && byte !== LATIN) continue;
    const next = byte === LATIN ? source[at + 1] ?? 0 : byte;
    if (byte === LATIN && next > LAST_LATIN_CONTROL) continue;
    putBytes(out, source, from, at);
    putEscape(out, next);
    if (byte === LATIN) at++;
    from = at + 1;
  }
  putBytes(out, source, from, end);
}

function putEscape(out: Output, byte: number): void {
  reserve(out, LONGEST_ESCAPE);
  putByte(out, BACKSLASH);
  const letter = byte >= FIRST_PRINTED && byte < DELETE ? byte : ESCAPES.get(byte);
  if (letter !== undefined) return putByte(out, letter);
  for (const digit of [0x75, 0x30, 0x30, HEX[byte >> 4], HEX[byte & 15]]) putByte(out, digit ?? 0);
}
