/**
 * Whether a place in a message is an edge of it, of a line, or of a word.
 *
 * Owns the exact answer for any bytes, also ill-formed ones, as the crate gives it. Slow where Unicode's words are
 * asked for: it decodes.
 *
 * @module
 */
import { contains } from "../syntax/ranges.ts";
import type { Look } from "../syntax/hir.ts";
import { wordRanges } from "../syntax/unicode.ts";

/** A message: the bytes `[start, end)` of a buffer. */
export interface Message {
  /** The buffer. */
  readonly bytes: Uint8Array;
  /** Offset of the first byte. */
  readonly start: number;
  /** Offset after the last byte. */
  readonly end: number;
}

const LF = 10;
const CR = 13;

/** Whether the place before the byte at offset `at` is such a place. */
export function isPlace(look: Look, { bytes, start, end }: Message, at: number): boolean {
  const before = at > start ? bytes[at - 1] ?? 0 : -1;
  const after = at < end ? bytes[at] ?? 0 : -1;
  switch (look) {
    case "start":
      return before < 0;
    case "end":
      return after < 0;
    case "startLF":
      return before < 0 || before === LF;
    case "endLF":
      return after < 0 || after === LF;
    case "startCRLF":
      return before < 0 || before === LF || (before === CR && after !== LF);
    case "endCRLF":
      return after < 0 || after === CR || (after === LF && before !== CR);
    case "wordAscii":
      return isWordByte(before) !== isWordByte(after);
    case "wordAsciiNegate":
      return isWordByte(before) === isWordByte(after);
    case "wordStartAscii":
      return !isWordByte(before) && isWordByte(after);
    case "wordEndAscii":
      return isWordByte(before) && !isWordByte(after);
    case "wordStartHalfAscii":
      return !isWordByte(before);
    case "wordEndHalfAscii":
      return !isWordByte(after);
  }
  const left = wordBefore(bytes, start, at);
  const right = wordAfter(bytes, at, end);
  switch (look) {
    case "wordUnicode":
      return (left === true) !== (right === true);
    case "wordUnicodeNegate":
      return left !== undefined && left === right;
    case "wordStartUnicode":
      return left !== true && right === true;
    case "wordEndUnicode":
      return left === true && right !== true;
    case "wordStartHalfUnicode":
      return left === false;
    case "wordEndHalfUnicode":
      return right === false;
  }
}

/** Whether a byte is one of ASCII's word characters; -1 stands for none. */
export function isWordByte(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5a) || byte === 0x5f ||
    (byte >= 0x61 && byte <= 0x7a);
}

/** Whether the character at `at` is a word character; `undefined` where the bytes are none, and false at the end. */
export function wordAfter(bytes: Uint8Array, at: number, end: number): boolean | undefined {
  if (at >= end) return false;
  const point = decode(bytes, at, end);
  return point < 0 ? undefined : isWordPoint(point);
}

/**
 * Whether the character before `at` is a word character. Goes back to the last byte, among four, that can begin a
 * character, and decodes there, even if that character ends earlier: after ill-formed bytes the crate does the same.
 */
function wordBefore(bytes: Uint8Array, start: number, at: number): boolean | undefined {
  if (at <= start) return false;
  const limit = Math.max(start, at - 4);
  let first = at - 1;
  while (first > limit && ((bytes[first] ?? 0) & 0xc0) === 0x80) first -= 1;
  const point = decode(bytes, first, at);
  return point < 0 ? undefined : isWordPoint(point);
}

function isWordPoint(point: number): boolean {
  return point < 0x80 ? isWordByte(point) : contains(wordRanges(), point);
}

/** The code point whose UTF-8 begins at `at` and ends by `end`; -1 where there is none. */
function decode(bytes: Uint8Array, at: number, end: number): number {
  const lead = bytes[at] ?? 0;
  if (lead < 0x80) return lead;
  const length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  if (length === 0 || at + length > end) return -1;
  let point = lead & (0x7f >> length);
  for (let index = 1; index < length; index += 1) {
    const byte = bytes[at + index] ?? 0;
    if ((byte & 0xc0) !== 0x80) return -1;
    point = (point << 6) | (byte & 0x3f);
  }
  const least = length === 2 ? 0x80 : length === 3 ? 0x800 : 0x10000;
  const surrogate = point >= 0xd800 && point <= 0xdfff;
  return point < least || point > 0x10ffff || surrogate ? -1 : point;
}
