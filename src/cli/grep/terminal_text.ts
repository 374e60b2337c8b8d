/**
 * Text of a log on a terminal.
 *
 * Promises that nothing which a log says reaches the terminal as a control, except for tabs and colours: any other is
 * shown as U+FFFD.
 *
 * @module
 */
import { type Output, reserve } from "../files/output.ts";

const TAB = 0x09;
const BLANK = 0x20;
const ESCAPE = 0x1b;
const OPENING_BRACKET = 0x5b;
const LETTER_M = 0x6d;
const DELETE = 0x7f;
/** The first byte of U+0080 to U+00BF; up to U+009F they are controls. */
const LATIN = 0xc2;
const LAST_LATIN_CONTROL = 0x9f;
const REPLACEMENT = [0xef, 0xbf, 0xbd];

/**
 * Puts `source[start, end)`, which is UTF-8, without its controls. Positional arguments: this is called for each
 * record.
 */
export function putHarmless(out: Output, source: Uint8Array, start: number, end: number): void {
  reserve(out, (end - start) * REPLACEMENT.length);
  const { bytes } = out;
  let length = out.length;
  for (let at = start; at < end; at++) {
    const byte = source[at] ?? 0;
    if (isControl(source, at, end)) {
      for (const part of REPLACEMENT) bytes[length++] = part;
      if (byte === LATIN) at++;
    } else {
      bytes[length++] = byte;
    }
  }
  out.length = length;
}

function isControl(source: Uint8Array, at: number, end: number): boolean {
  const byte = source[at] ?? 0;
  if (byte >= BLANK && byte < DELETE) return false;
  if (byte === ESCAPE) return !beginsColour(source, at, end);
  if (byte === LATIN) return at + 1 < end && (source[at + 1] ?? 0) <= LAST_LATIN_CONTROL;
  return byte === DELETE || (byte < BLANK && byte !== TAB);
}

/** Whether an escape begins `\x1b[…m`, with nothing but digits and semicolons between. */
function beginsColour(source: Uint8Array, escape: number, end: number): boolean {
  if (source[escape + 1] !== OPENING_BRACKET) return false;
  for (let at = escape + 2; at < end; at++) {
    const byte = source[at] ?? 0;
    if (byte === LETTER_M) return true;
    if (!((byte >= 0x30 && byte <= 0x39) || byte === 0x3b)) return false;
  }
  return false;
}
