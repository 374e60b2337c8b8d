// The times that runtimes write: YYYY-MM-DDTHH:MM:SS, a fraction of up to nine digits or none, Z or an offset.
// Everything else is for the scalar twin.

/** Seconds since 1970 of the last time read. */
export let seconds: i64 = 0;
/** Nanoseconds of the last time read. */
export let nanos: i32 = 0;

/** Has the last time read be 1970-01-01, for lines that tell none. */
export function clearTime(): void {
  seconds = 0;
  nanos = 0;
}

// Lines come in order: most share their date and often hour and minute with the one before.
let dayLow: u64 = 0;
let dayHigh: u16 = 0;
let daySeconds: i64 = 0;

/** Two digits at `p`, or a number over 99 when they are none. */
function two(p: usize): u32 {
  const tens = <u32>load<u8>(p) - 0x30;
  const ones = <u32>load<u8>(p, 1) - 0x30;
  return tens > 9 || ones > 9 ? 100 : tens * 10 + ones;
}

function daysInMonth(year: u32, month: u32): u32 {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Reads the date at `p` into `daySeconds`. */
function readDay(p: usize): bool {
  const low = load<u64>(p);
  const high = load<u16>(p, 8);
  if (low === dayLow && high === dayHigh) return true;
  const century = two(p);
  const rest = two(p + 2);
  const month = two(p + 5);
  const day = two(p + 8);
  if (century > 99 || rest > 99 || load<u8>(p, 4) !== 0x2d || load<u8>(p, 7) !== 0x2d) return false;
  const year = century * 100 + rest;
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return false;
  // Days since 1970 of a year that begins in March (as in `logs/time.ts`); year 0 is the first of an era.
  const y = <i64>year - (month <= 2 ? 1 : 0);
  const era = (y >= 0 ? y : y - 399) / 400;
  const yearOfEra = y - era * 400;
  const dayOfYear = (153 * (<i64>month + (month > 2 ? -3 : 9)) + 2) / 5 + <i64>day - 1;
  const dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear;
  daySeconds = (era * 146097 + dayOfEra - 719468) * 86400;
  dayLow = low;
  dayHigh = high;
  return true;
}

/** Eight digits at `p` as a number, or −1. */
function eight(p: usize): i32 {
  const digits = load<u64>(p);
  if ((digits & 0xf0f0f0f0f0f0f0f0) !== 0x3030303030303030) return -1;
  if (((digits + 0x0606060606060606) & 0xf0f0f0f0f0f0f0f0) !== 0x3030303030303030) return -1;
  let x = digits - 0x3030303030303030;
  x = (x * 10 + (x >> 8)) & 0x00ff00ff00ff00ff;
  x = (x * 100 + (x >> 16)) & 0x0000ffff0000ffff;
  x = (x * 10000 + (x >> 32)) & 0xffffffff;
  return <i32>x;
}

/**
 * Reads the time that begins at `p` into `seconds` and `nanos`; returns its end, or 0 for one that is not of these
 * forms. Reads up to 40 bytes, also behind a line's end: the caller compares the end with the line's.
 */
export function readTime(p: usize): usize {
  if (!readDay(p) || load<u8>(p, 10) !== 0x54 || load<u8>(p, 13) !== 0x3a || load<u8>(p, 16) !== 0x3a) return 0;
  const hour = two(p + 11);
  const minute = two(p + 14);
  const second = two(p + 17);
  // Second 60 is for the scalar twin.
  if (hour > 23 || minute > 59 || second > 59) return 0;
  seconds = daySeconds + <i64>(hour * 3600 + minute * 60 + second);
  nanos = 0;
  let at = p + 19;
  if (load<u8>(at) === 0x2e) {
    at++;
    let digits = 0;
    const first = eight(at);
    if (first >= 0) {
      nanos = first;
      digits = 8;
      at += 8;
    }
    for (; digits < 9; digits++) {
      const digit = <u32>load<u8>(at) - 0x30;
      if (digit > 9) break;
      nanos = nanos * 10 + <i32>digit;
      at++;
    }
    if (digits === 0 || <u32>load<u8>(at) - 0x30 <= 9) return 0;
    for (; digits < 9; digits++) nanos *= 10;
  }
  const zone = load<u8>(at);
  if (zone === 0x5a) return at + 1;
  if (zone !== 0x2b && zone !== 0x2d) return 0;
  const hours = two(at + 1);
  const minutes = two(at + 4);
  if (hours > 23 || minutes > 59 || load<u8>(at, 3) !== 0x3a) return 0;
  const offset = <i64>(hours * 3600 + minutes * 60);
  seconds += zone === 0x2b ? -offset : offset;
  return at + 6;
}
