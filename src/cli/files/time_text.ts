/**
 * The text of a record's time: RFC 3339, nine digits of fraction, in UTC or another zone.
 *
 * @module
 */
import { type Output, putBytes, reserve } from "./output.ts";
import { type TimeZone, UTC } from "./time_zone.ts";

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

/** Returns what puts times in a zone: `2006-01-02T15:04:05.999999999+01:00`. */
export function timeTextIn(zone: TimeZone): typeof putTime {
  let offset = NaN;
  let suffix: Uint8Array = new Uint8Array();
  return (out, seconds, nanos) => {
    const current = zone.offsetAt(seconds);
    if (current !== offset) suffix = encoder.encode(offsetText(offset = current));
    putTime(out, seconds + offset, nanos);
    // In place of the `Z`.
    out.length--;
    putBytes(out, suffix, 0, suffix.length);
  };
}

/** Returns the text of a time in full seconds, given in milliseconds since 1970. */
export function secondText(ms: number, zone: TimeZone): string {
  const seconds = Math.floor(ms / 1000);
  const offset = zone.offsetAt(seconds);
  const text = new Date((seconds + offset) * 1000).toISOString().slice(0, -".000Z".length);
  return text + (zone === UTC ? "Z" : offsetText(offset));
}

function offsetText(offset: number): string {
  const minutes = Math.floor(Math.abs(offset) / 60);
  const digits = [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, "0"));
  return `${offset < 0 ? "-" : "+"}${digits.join(":")}`;
}
