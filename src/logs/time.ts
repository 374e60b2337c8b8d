/**
 * Points in time, to the nanosecond: the type, its order, and the two readers – of a log line's header (bytes) and of
 * a request's bound (text).
 *
 * Promises exactness for years −9999 to 99999 and fractions of any length (cut after nine digits). Does not know
 * formats of lines.
 *
 * A time is two numbers, not one bigint of nanoseconds: a header is read for each line of a scan, and a bigint would
 * be an allocation for each.
 *
 * @module
 */

/** A point in time, as `google.protobuf.Timestamp` has it: `nanos` counts forward from `seconds`, also before 1970. */
export interface Time {
  /** Seconds since 1970-01-01T00:00:00Z; a negative whole number before it. */
  seconds: number;
  /** 0 to 999,999,999. */
  nanos: number;
}

/** Negative when `a` is before `b`, 0 when they are the same instant, positive when it is after. */
export function compareTime(a: Readonly<Time>, b: Readonly<Time>): number {
  return a.seconds - b.seconds || a.nanos - b.nanos;
}

/** Days from 1970-01-01 to a day of the proleptic Gregorian calendar; `month` 1 to 12. */
export function daysFromCivil(
  year: number,
  month: number,
  day: number,
): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) +
    day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) -
    Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** Days of a month, 1 to 12. */
export function daysInMonth(year: number, month: number): number {
  if (month === 2) {
    return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  }
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

const PLUS = 0x2b;
const MINUS = 0x2d;
const DOT = 0x2e;
const COLON = 0x3a;

/** The two decimal digits at `at`, or −1. */
function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = (bytes[at] ?? 0) - 0x30;
  const ones = (bytes[at + 1] ?? 0) - 0x30;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1;
}

/**
 * Reads the time that fills `bytes[start, end)` into `into`; false, with `into` in no defined state, when it is none.
 *
 * The forms are those that runtimes write (RFC 3339, any offset, 0 to n digits of fraction) and those that the
 * original agent took besides: lower-case `t` and `z`, a date alone, no zone (read as UTC), `+HHMM`, `+HH`, a signed
 * year of more digits. Second 60 is second 59.
 */
export function readTime(
  bytes: Uint8Array,
  start: number,
  end: number,
  into: Time,
): boolean {
  let at = start;
  let year = 0;
  let sign = 1;
  let digits = 4;
  const first = bytes[at];
  if (first === PLUS || first === MINUS) {
    sign = first === MINUS ? -1 : 1;
    at++;
    digits = 0;
    while (at + digits < end && bytes[at + digits] !== MINUS) digits++;
    if (digits < 4 || digits > 5) return false;
  }
  if (at + digits + 6 > end) return false;
  for (const last = at + digits; at < last; at++) {
    const digit = (bytes[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return false;
    year = year * 10 + digit;
  }
  year *= sign;
  const month = twoDigits(bytes, at + 1);
  const day = twoDigits(bytes, at + 4);
  if (
    bytes[at] !== MINUS || bytes[at + 3] !== MINUS || month < 1 || month > 12 ||
    day < 1 || day > daysInMonth(year, month)
  ) return false;
  at += 6;
  let seconds = daysFromCivil(year, month, day) * 86_400;
  let nanos = 0;
  if (at < end) {
    if (
      at + 9 > end || ((bytes[at] ?? 0) | 0x20) !== 0x74 ||
      bytes[at + 3] !== COLON || bytes[at + 6] !== COLON
    ) return false;
    const hour = twoDigits(bytes, at + 1);
    const minute = twoDigits(bytes, at + 4);
    const second = twoDigits(bytes, at + 7);
    if (
      hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 ||
      second > 60
    ) return false;
    seconds += hour * 3600 + minute * 60 + Math.min(second, 59);
    at += 9;
    if (at < end && bytes[at] === DOT) {
      const from = ++at;
      let scale = 100_000_000;
      for (; at < end; at++) {
        const digit = (bytes[at] ?? 0) - 0x30;
        if (digit < 0 || digit > 9) break;
        if (scale >= 1) nanos += digit * scale;
        scale /= 10;
      }
      if (at === from) return false;
    }
    if (at < end) {
      const offset = readZone(bytes, at, end);
      if (offset === undefined) return false;
      seconds -= offset;
    }
  }
  into.seconds = seconds;
  into.nanos = nanos;
  return true;
}

/** The offset in seconds east of UTC that fills `bytes[at, end)`: `Z`, `z`, `+HH:MM`, `+HHMM` or `+HH`. */
function readZone(
  bytes: Uint8Array,
  at: number,
  end: number,
): number | undefined {
  const sign = bytes[at];
  if (((sign ?? 0) | 0x20) === 0x7a) return at + 1 === end ? 0 : undefined;
  if (sign !== PLUS && sign !== MINUS) return undefined;
  const hours = twoDigits(bytes, at + 1);
  let minutes = 0;
  let last = at + 3;
  if (last < end) {
    if (bytes[last] === COLON) last++;
    minutes = twoDigits(bytes, last);
    last += 2;
  }
  if (last !== end || hours < 0 || hours > 23 || minutes < 0 || minutes > 59) {
    return undefined;
  }
  return (sign === MINUS ? -1 : 1) * (hours * 3600 + minutes * 60);
}

const BOUND = /^([+-]?\d{4,5}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d:\d\d(?:\.\d+)?)(?: ?(UTC|[Zz]|[+-]\d\d(?::?\d\d)?))?)?$/;
/** The longest text of a bound, with the blanks around it. */
const MAX_BOUND_LENGTH = 1_024;
const encoder = new TextEncoder();

/** Why a text is no time. */
export class TimeError extends SyntaxError {
  /** The class, as an error log shows it. */
  override readonly name = "TimeError";
}

/**
 * The time of a request's bound, or `undefined` for a blank text, which is no bound.
 *
 * RFC 3339, and what the original agent took besides: a blank for `T`, a blank before the zone, ` UTC`, an offset
 * without its colon or its minutes, no zone (UTC), a date alone, blanks around. Of at most 1,024 characters.
 *
 * @throws {TimeError} when the text is none of these
 */
export function parseBound(text: string): Time | undefined {
  const trimmed = text.length > MAX_BOUND_LENGTH ? text : text.trim();
  if (trimmed === "") return undefined;
  const parts = text.length > MAX_BOUND_LENGTH ? null : BOUND.exec(trimmed);
  const time: Time = { seconds: 0, nanos: 0 };
  if (parts !== null) {
    const [, date = "", clock, zone = "Z"] = parts;
    const header = encoder.encode(
      clock === undefined ? date : `${date}T${clock}${zone === "UTC" ? "Z" : zone}`,
    );
    if (readTime(header, 0, header.length, time)) return time;
  }
  throw new TimeError(
    `Cannot read a time: wanted RFC 3339, such as 2006-01-02T15:04:05.999999999Z, got ${
      JSON.stringify(text.slice(0, 100))
    }`,
  );
}
