/**
 * What stands before a message in a line of text: the file, where there are several, and the time, where the lines tell
 * it.
 *
 * @module
 */
import type { RowBatch } from "../../records/scan/row_batch.ts";
import { type Output, putByte, putBytes } from "../files/output.ts";
import { putTime, timeTextIn } from "../files/time_text.ts";
import type { TimeZone } from "../files/time_zone.ts";
import { putHarmless } from "./terminal_text.ts";

const encoder = new TextEncoder();
const BLANK = 0x20;
/** The colour of the names of files. */
const FILE_COLOUR = 35;
const TIME = encoder.encode("\x1b[2m");
const PLAIN = encoder.encode("\x1b[0m");

/** What it holds, and how it looks. */
export interface PrefixOptions {
  /** The file's name, where it is told. */
  readonly file?: string | undefined;
  /** The code of the colour of that name. @default {35} */
  readonly fileColour?: number | undefined;
  /** The zone in which times are printed. @default {UTC} */
  readonly zone?: TimeZone | undefined;
  /** Whether the file's lines tell their times. */
  readonly hasTimes: boolean;
  /** Whether there are colours. */
  readonly isColourful: boolean;
  /** Whether a terminal reads them. */
  readonly isForTerminal: boolean;
}

/** What stands behind the name of the file: a colon for a record that matches, a dash for one beside it. */
export const SEPARATOR = { match: 0x3a, context: 0x2d } as const;

/** Returns what puts the prefix of a record; positional arguments: this is called for each record. */
export function recordPrefix(
  options: PrefixOptions,
): (out: Output, batch: Pick<RowBatch, "seconds" | "nanos">, row: number, separator: number) => void {
  const { file, fileColour = FILE_COLOUR, zone, hasTimes, isColourful, isForTerminal } = options;
  const nameStart = encoder.encode(`\x1b[${fileColour}m`);
  const putTimeText = zone === undefined ? putTime : timeTextIn(zone);
  const name = file === undefined ? undefined : encoder.encode(file);
  const putName = isForTerminal ? putHarmless : putBytes;
  const put = (out: Output, bytes: Uint8Array): void => putBytes(out, bytes, 0, bytes.length);
  return (out, batch, row, separator) => {
    if (name !== undefined) {
      if (isColourful) put(out, nameStart);
      putName(out, name, 0, name.length);
      if (isColourful) put(out, PLAIN);
      putByte(out, separator);
    }
    if (!hasTimes) return;
    if (isColourful) put(out, TIME);
    putTimeText(out, batch.seconds(row), batch.nanos(row));
    if (isColourful) put(out, PLAIN);
    putByte(out, BLANK);
  };
}
