/**
 * The text of a record's time: RFC 3339, UTC, nine digits of fraction.
 *
 * @module
 */
import { type Output, reserve } from "./output.ts";

const encoder = new TextEncoder();
const DOT = 0x2e;
const LETTER_Z = 0x5a;
const DIGIT_0 = 0x30;
const FRACTION_DIGITS = 9;

// Records of one second follow each other.
let textSeconds = NaN;
let textBytes: Uint8Array = new Uint8Array();

/**
 * Puts the text of a time, seconds and nanoseconds since 1970. Positional arguments: this is called for each record.
 */
export function putTime(out: Output, seconds: number, nanos: number): void {
  if (seconds !== textSeconds) {
    textBytes = encoder.encode(new Date(seconds * 1000).toISOString().slice(0, -".000Z".length));
    textSeconds = seconds;
  }
  reserve(out, textBytes.length + FRACTION_DIGITS + 2);
  const { bytes } = out;
  let at = out.length;
  for (let from = 0; from < textBytes.length; from++) bytes[at++] = textBytes[from] as number;
  bytes[at] = DOT;
  let left = nanos;
  for (let digit = at + FRACTION_DIGITS; digit > at; digit--) {
    const rest = (left / 10) | 0;
    bytes[digit] = DIGIT_0 + left - rest * 10;
    left = rest;
  }
  at += FRACTION_DIGITS + 1;
  bytes[at++] = LETTER_Z;
  out.length = at;
}
