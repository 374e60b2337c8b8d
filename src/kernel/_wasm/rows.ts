// From named lines to records, in columns: the header is read, the bounds are applied, the message is found, checked
// and trimmed.
import {
  FINAL,
  LINE_BYTES,
  LINES,
  MAX_ROWS,
  ROW_FLAGS,
  ROW_LINE_END,
  ROW_LINE_START,
  ROW_MESSAGE_END,
  ROW_MESSAGE_START,
  ROW_NANOS,
  ROW_SECONDS,
  ROW_TRIMMED_END,
  SLOW,
  TEXT,
  TEXT_BYTES,
} from "./layout";
import { findSpecial, hex, holdsControl, putUtf8, unescaped } from "./json";
import { holdsNeedle } from "./needles";
import { isUtf8, trimmedEnd, UNSURE } from "./text";
import { clearTime, nanos, readTime, seconds } from "./time";

/** What a line is. */
const RECORD: i32 = 0;
const NO_MATCH: i32 = 1;
const ODD: i32 = 2;
const NO_ROOM: i32 = 3;

/**
 * How lines read: `<time> <stream> <tag> <message>`, a JSON object, as a message without a time, or as the first but
 * with no other stream and tag than runtimes write.
 */
const CRI: i32 = 0;
const DOCKER: i32 = 1;
const STRICT_CRI: i32 = 3;

const STDOUT: u64 = 0x002074756f647473; // stdout and a blank
const STDERR: u64 = 0x0020727265647473;
const STREAM_BYTES: u64 = 0x00ffffffffffffff;

const DOCKER_START: u64 = 0x223a22676f6c227b; // {"log":"

let messageStart: usize = 0;
let messageEnd: usize = 0;
let isFinal: bool = false;
/** Where the next decoded text goes. */
let text: usize = TEXT;
/** How many of the named lines the last call dealt with. */
export let linesDone: i32 = 0;
/** How many of its rows are for the scalar twin. */
export let slowRows: i32 = 0;

function readCri(start: usize, end: usize, isStrict: bool): i32 {
  const blank = readTime(start);
  if (blank === 0 || blank + 9 > end || load<u8>(blank) !== 0x20) return ODD;
  if (isStrict && !hasStreamAndTag(blank, end)) return ODD;
  messageStart = min(blank + 10, end);
  messageEnd = end;
  isFinal = load<u8>(blank, 8) === 0x46;
  return RECORD;
}

/** Whether a stream and a tag stand behind the blank: a line that is taken by the places of its parts may hold others. */
function hasStreamAndTag(blank: usize, end: usize): bool {
  const stream = load<u64>(blank, 1) & STREAM_BYTES;
  const tag = load<u8>(blank, 8);
  const after = load<u8>(blank, 9);
  return (stream === STDOUT || stream === STDERR) && (tag === 0x46 || tag === 0x50) &&
    (blank + 9 === end || after === 0x20 || after === 0x3a);
}

/**
 * Copies text; returns its end. Sixteen bytes at a time: what is written behind the end is overwritten by what follows,
 * or lies in slack. Between two escapes there are few.
 */
function putText(to: usize, from: usize, length: usize): usize {
  if (ASC_FEATURE_SIMD && length <= 128) {
    for (let done: usize = 0; done < length; done += 16) v128.store(to + done, v128.load(from + done));
  } else {
    memory.copy(to, from, length);
  }
  return to + length;
}

/**
 * The end of a Docker line's message, a quote, with the message decoded to `text` when it holds more than a line feed's
 * escape; 0 when it is odd.
 */
function readDockerMessage(start: usize, end: usize): usize {
  let p = findSpecial(start, end);
  if (p >= end) return 0;
  messageStart = start;
  if (load<u8>(p) === 0x22) {
    messageEnd = p;
    isFinal = false;
    return p;
  }
  if (load<u16>(p) === 0x6e5c && load<u8>(p, 2) === 0x22) {
    messageEnd = p;
    isFinal = true;
    return p + 2;
  }
  // Escapes shrink: the line's length is room enough.
  let to = text;
  let from = start;
  while (true) {
    to = putText(to, from, p - from);
    if (load<u8>(p) === 0x22) break;
    const letter = load<u8>(p, 1);
    if (letter === 0x75) {
      let point = hex(p + 2);
      if (point < 0 || p + 6 > end) return 0;
      p += 6;
      if (point >= 0xd800 && point < 0xe000) {
        // A pair of surrogates; half of one is for the scalar twin.
        const second = load<u16>(p) === 0x755c ? hex(p + 2) : -1;
        if (point >= 0xdc00 || second < 0xdc00 || second > 0xdfff || p + 6 > end) return 0;
        point = 0x10000 + ((point - 0xd800) << 10) + (second - 0xdc00);
        p += 6;
      }
      to = putUtf8(to, point);
    } else {
      const character = unescaped(letter);
      if (character === 0) return 0;
      store<u8>(to++, character);
      p += 2;
    }
    from = p;
    p = findSpecial(p, end);
    if (p >= end) return 0;
  }
  messageStart = text;
  isFinal = to > text && load<u8>(to - 1) === 0x0a;
  messageEnd = isFinal ? to - 1 : to;
  text = to;
  return p;
}

/** Whether `","stream":"stdout","time":"`, or the same with stderr, stands at `p`: 28 bytes. */
function isStreamAndTime(p: usize): bool {
  const stream = <u32>load<u16>(p, 15) | (<u32>load<u8>(p, 17) << 16);
  return load<u64>(p) === 0x6165727473222c22 && // ","strea
    (load<u64>(p, 8) & 0x00ffffffffffffff) === 0x00647473223a226d && // m":"std
    (stream === 0x74756f || stream === 0x727265) &&
    load<u64>(p, 18) === 0x22656d6974222c22 && // ","time"
    load<u16>(p, 26) === 0x223a;
}

/** `{"log":"…","stream":"stdout","time":"…"}`: the one form that the driver writes, without further attributes. */
function readDocker(start: usize, end: usize): i32 {
  if (end - start < 60 || load<u64>(start) !== DOCKER_START || holdsControl(start, end)) return ODD;
  if (text + (end - start) > TEXT + TEXT_BYTES) return NO_ROOM;
  const before = text;
  const quote = readDockerMessage(start + 8, end);
  const timeEnd = quote !== 0 && isStreamAndTime(quote) ? readTime(quote + 28) : 0;
  if (timeEnd === 0 || timeEnd + 2 !== end || load<u16>(timeEnd) !== 0x7d22) {
    text = before;
    return ODD;
  }
  return RECORD;
}

let hasStart: bool = false;
let startSeconds: i64 = 0;
let startNanos: i32 = 0;
let hasStop: bool = false;
let stopSeconds: i64 = 0;
let stopNanos: i32 = 0;

/** The earliest time that is wanted, inclusive; without one, `has` is false. */
export function setStart(has: bool, atSeconds: f64, atNanos: i32): void {
  hasStart = has;
  startSeconds = <i64>atSeconds;
  startNanos = atNanos;
}

/** The latest time that is wanted, inclusive; without one, `has` is false. */
export function setStop(has: bool, atSeconds: f64, atNanos: i32): void {
  hasStop = has;
  stopSeconds = <i64>atSeconds;
  stopNanos = atNanos;
}

function isOutOfBounds(): bool {
  if (hasStart && (seconds < startSeconds || (seconds === startSeconds && nanos < startNanos))) return true;
  return hasStop && (seconds > stopSeconds || (seconds === stopSeconds && nanos > stopNanos));
}

/** A line that is its message. */
function readPlain(start: usize, end: usize): i32 {
  messageStart = start;
  messageEnd = end;
  isFinal = true;
  clearTime();
  return RECORD;
}

/** Reads one line; leaves its parts in the variables of this file. */
function readLine(format: i32, exact: bool, start: usize, end: usize, hit: usize): i32 {
  const odd = format === CRI || format === STRICT_CRI
    ? readCri(start, end, format === STRICT_CRI)
    : format === DOCKER
    ? readDocker(start, end)
    : readPlain(start, end);
  if (odd !== RECORD) return odd;
  if (isOutOfBounds()) return NO_MATCH;
  if (exact && (format === DOCKER || hit < messageStart) && !holdsNeedle(messageStart, messageEnd)) return NO_MATCH;
  return isUtf8(messageStart, messageEnd) ? RECORD : ODD;
}

/**
 * Fills the rows from the first `lines` named lines – from the last of them on when `backward` – and returns how many
 * rows that gave; `linesDone` tells how many lines. With `exact`, a message without a needle is no record.
 */
export function fillRows(format: i32, backward: bool, exact: bool, lines: i32): i32 {
  let rows = 0;
  let done = 0;
  text = TEXT;
  slowRows = 0;
  for (; done < lines && rows < MAX_ROWS; done++) {
    const line = LINES + usize(backward ? lines - 1 - done : done) * LINE_BYTES;
    const start = <usize>load<u32>(line);
    const end = <usize>load<u32>(line, 4);
    const what = readLine(format, exact, start, end, <usize>load<u32>(line, 8));
    if (what === NO_MATCH) continue;
    if (what === NO_ROOM) break;
    const trimmed = what === ODD ? UNSURE : trimmedEnd(messageStart, messageEnd);
    const column = usize(rows) * 4;
    store<u32>(ROW_LINE_START + column, <u32>start);
    store<u32>(ROW_LINE_END + column, <u32>end);
    if (trimmed === UNSURE) {
      store<u32>(ROW_MESSAGE_START + column, 0);
      store<u32>(ROW_MESSAGE_END + column, 0);
      store<i32>(ROW_FLAGS + column, SLOW);
      slowRows++;
    } else {
      store<f64>(ROW_SECONDS + column * 2, <f64>seconds);
      store<i32>(ROW_NANOS + column, nanos);
      store<u32>(ROW_MESSAGE_START + column, <u32>messageStart);
      store<u32>(ROW_MESSAGE_END + column, <u32>messageEnd);
      store<u32>(ROW_TRIMMED_END + column, <u32>trimmed);
      store<i32>(ROW_FLAGS + column, isFinal ? FINAL : 0);
    }
    rows++;
  }
  linesDone = done;
  return rows;
}

/**
 * Where decoded text may be put that the scalar twin makes of a line: behind what the last {@link fillRows} has put
 * there.
 */
export function textEnd(): usize {
  return text;
}
