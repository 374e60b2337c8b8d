// The verdict on messages by a table: one look-up a byte, four messages at a time, since each look-up waits for the one
// before.
//
// A state is an index of TABLE; from it, a byte leads to TABLE[state + CLASSES[byte]], the end of the message to
// TABLE[state + stride - 1]. States below `answers` are answers and lead to themselves: 1 × stride no match, 2 × stride
// a match; any other is for the scalar twin, which may then fill the missing entry.
import { CLASSES, LINE_BYTES, LINES, PLAN, ROW_MESSAGE_END, ROW_MESSAGE_START, SPAN_BYTES, SPANS, TABLE } from "./layout";
import { hasUsualTime, HEADER_BYTES, putLine } from "./lines";

// Offsets in a plan.
const BEGINNING: usize = 124;

const YES: i32 = 1;
const UNDECIDED: i32 = 2;
const NO: i32 = 3;
const BLANK: u8 = 0x20;
/** Bytes of a CRI line between the blank behind its time and its message. */
const STREAM_AND_TAG: usize = 9;
/** The longest text that can be a time. */
const MAX_TIME_BYTES: usize = 64;

function putSpan(span: i32, start: usize, end: usize, verdict: i32): void {
  const at = SPANS + usize(span) * SPAN_BYTES;
  store<u32>(at, <u32>start);
  store<u32>(at, <u32>end, 4);
  store<i32>(at, verdict, 8);
}

/**
 * Makes a span of the message of each of the first `lines` named CRI lines, or of its part from the first needle on,
 * where each match begins with one. A line without a header counts as one that matches: it is no record anyway.
 */
export function spansOfLines(lines: i32): void {
  const isFromNeedle = load<u32>(PLAN, BEGINNING) !== 0;
  for (let line = 0; line < lines; line++) {
    const at = LINES + usize(line) * LINE_BYTES;
    const start = <usize>load<u32>(at);
    const end = <usize>load<u32>(at, 4);
    if (hasUsualTime(start, end)) {
      const message = min(start + HEADER_BYTES, end);
      putSpan(line, isFromNeedle ? max(message, <usize>load<u32>(at, 8)) : message, end, 0);
      continue;
    }
    const last = min(end, start + MAX_TIME_BYTES);
    let blank = start;
    while (blank < last && load<u8>(blank) !== BLANK) blank++;
    if (blank >= last) putSpan(line, end, end, YES);
    else putSpan(line, min(blank + 1 + STREAM_AND_TAG, end), end, 0);
  }
}

/** Makes a span of the message of each of the first `rows` rows. */
export function spansOfRows(rows: i32): void {
  for (let row = 0; row < rows; row++) {
    const column = usize(row) * 4;
    putSpan(row, <usize>load<u32>(ROW_MESSAGE_START + column), <usize>load<u32>(ROW_MESSAGE_END + column), 0);
  }
}

/** Drops the named lines whose spans do not match; returns how many are left. */
export function keepMatchingLines(lines: i32): i32 {
  let kept = 0;
  for (let line = 0; line < lines; line++) {
    if (load<i32>(SPANS + usize(line) * SPAN_BYTES, 8) !== YES) continue;
    const at = LINES + usize(line) * LINE_BYTES;
    putLine(kept++, <usize>load<u32>(at), <usize>load<u32>(at, 4), <usize>load<u32>(at, 8));
  }
  return kept;
}

function next(state: i32, at: usize): i32 {
  return after(state, load<u8>(at));
}

function after(state: i32, byte: u32): i32 {
  return load<i32>(usize(state + <i32>load<u8>(<usize>byte, CLASSES)) << 2, TABLE);
}

/** The state after the four bytes of a word, lowest first. */
// @ts-ignore: decorator
@inline
function afterFour(state: i32, word: u32): i32 {
  return after(after(after(after(state, word & 0xff), (word >> 8) & 0xff), (word >> 16) & 0xff), word >> 24);
}

let answers: i32 = 0;
let stride: i32 = 0;
/** How many of the spans of the last call are undecided. */
let undecided: i32 = 0;

function putVerdict(span: i32, state: i32): void {
  const answer = state < answers ? state : load<i32>(TABLE + (usize(state + stride - 1) << 2));
  let verdict = UNDECIDED;
  if (answer === 2 * stride) verdict = YES;
  else if (answer === stride) verdict = NO;
  else undecided++;
  store<i32>(SPANS + usize(span) * SPAN_BYTES, verdict, 8);
}

// The four lanes: the current address of each, the end of its message, and its span.
let p0: usize = 0;
let p1: usize = 0;
let p2: usize = 0;
let p3: usize = 0;
let e0: usize = 0;
let e1: usize = 0;
let e2: usize = 0;
let e3: usize = 0;
let span0: i32 = 0;
let span1: i32 = 0;
let span2: i32 = 0;
let span3: i32 = 0;
let following: i32 = 0;

/** The next span that is still to be judged, or −1. */
function take(to: i32): i32 {
  while (following < to) {
    const span = following++;
    if (load<i32>(SPANS + usize(span) * SPAN_BYTES, 8) === 0) return span;
  }
  return -1;
}

function startOf(span: i32): usize {
  return <usize>load<u32>(SPANS + usize(span) * SPAN_BYTES);
}

function endOf(span: i32): usize {
  return <usize>load<u32>(SPANS + usize(span) * SPAN_BYTES, 4);
}

/** Walks one message to its verdict. */
function walkOne(span: i32, state: i32, from: usize): void {
  const end = endOf(span);
  for (let p = from; p < end && state >= answers; p++) state = next(state, p);
  putVerdict(span, state);
}

/** Judges the spans [from, to) that have no verdict yet; returns how many stay undecided. */
export function judgeSpans(from: i32, to: i32, width: i32, initial: i32, firstState: i32): i32 {
  stride = width;
  answers = firstState;
  undecided = 0;
  following = from;
  let s0 = initial;
  let s1 = initial;
  let s2 = initial;
  let s3 = initial;
  if (initial >= answers) {
    span0 = take(to);
    span1 = take(to);
    span2 = take(to);
    span3 = take(to);
    if (span3 >= 0) {
      p0 = startOf(span0); e0 = endOf(span0);
      p1 = startOf(span1); e1 = endOf(span1);
      p2 = startOf(span2); e2 = endOf(span2);
      p3 = startOf(span3); e3 = endOf(span3);
      while (true) {
        let left = min(min(e0 - p0, e1 - p1), min(e2 - p2, e3 - p3));
        // An answer in any lane makes one of these differences negative; it leads to itself, so that a test every four
        // bytes is enough.
        while (left >= 4 && ((s0 - answers) | (s1 - answers) | (s2 - answers) | (s3 - answers)) >= 0) {
          s0 = afterFour(s0, load<u32>(p0));
          s1 = afterFour(s1, load<u32>(p1));
          s2 = afterFour(s2, load<u32>(p2));
          s3 = afterFour(s3, load<u32>(p3));
          p0 += 4;
          p1 += 4;
          p2 += 4;
          p3 += 4;
          left -= 4;
        }
        while (left > 0 && ((s0 - answers) | (s1 - answers) | (s2 - answers) | (s3 - answers)) >= 0) {
          s0 = next(s0, p0++);
          s1 = next(s1, p1++);
          s2 = next(s2, p2++);
          s3 = next(s3, p3++);
          left--;
        }
        if (p0 === e0 || s0 < answers) {
          putVerdict(span0, s0);
          span0 = take(to);
          if (span0 < 0) break;
          p0 = startOf(span0); e0 = endOf(span0); s0 = initial;
        }
        if (p1 === e1 || s1 < answers) {
          putVerdict(span1, s1);
          span1 = take(to);
          if (span1 < 0) break;
          p1 = startOf(span1); e1 = endOf(span1); s1 = initial;
        }
        if (p2 === e2 || s2 < answers) {
          putVerdict(span2, s2);
          span2 = take(to);
          if (span2 < 0) break;
          p2 = startOf(span2); e2 = endOf(span2); s2 = initial;
        }
        if (p3 === e3 || s3 < answers) {
          putVerdict(span3, s3);
          span3 = take(to);
          if (span3 < 0) break;
          p3 = startOf(span3); e3 = endOf(span3); s3 = initial;
        }
      }
      if (span0 >= 0) walkOne(span0, s0, p0);
      if (span1 >= 0) walkOne(span1, s1, p1);
      if (span2 >= 0) walkOne(span2, s2, p2);
      if (span3 >= 0) walkOne(span3, s3, p3);
      return undecided;
    }
    if (span0 >= 0) walkOne(span0, initial, startOf(span0));
    if (span1 >= 0) walkOne(span1, initial, startOf(span1));
    if (span2 >= 0) walkOne(span2, initial, startOf(span2));
    return undecided;
  }
  for (let span = take(to); span >= 0; span = take(to)) putVerdict(span, initial);
  return undecided;
}
