/**
 * What follows a backslash.
 *
 * Owns escapes inside and outside of classes: characters by number or name, named classes, places. Does not decide
 * where they may stand.
 *
 * @module
 */
import { advance, current, type Cursor, refusal, skipText } from "./_cursor.ts";
import type { Flags } from "./_parse_flags.ts";
import type { Look } from "./hir.ts";
import { negate } from "./ranges.ts";
import {
  digitRanges,
  foldRanges,
  LAST_POINT,
  negatePoints,
  propertyRanges,
  spaceRanges,
  wordRanges,
} from "./unicode.ts";

/** One piece of the syntax that stands for itself. */
export type Primitive =
  /** A character; `byte` where it was written `\xNN`, which without Unicode is a byte. */
  | { readonly kind: "char"; readonly point: number; readonly byte: boolean }
  /** A class by name, in the unit that the flags ask for. */
  | { readonly kind: "set"; readonly ranges: readonly number[] }
  /** A place. */
  | { readonly kind: "look"; readonly look: Look };

const CONTROLS: ReadonlyMap<string, number> = new Map([["a", 7], ["f", 12], ["t", 9], ["n", 10], ["r", 13], ["v", 11]]);
const HEX_DIGITS: ReadonlyMap<string, number> = new Map([["x", 2], ["u", 4], ["U", 8]]);

/** Reads an escape; the cursor stands on the backslash. */
export function parseEscape(cursor: Cursor, flags: Flags): Primitive {
  const from = cursor.at;
  cursor.at += 1;
  const char = current(cursor);
  if (char === "") throw refusal(cursor, from, "incomplete escape sequence");
  if (/[0-9]/.test(char)) throw refusal({ ...cursor, at: cursor.at + 1 }, from, "backreferences are not supported");
  const digits = HEX_DIGITS.get(char);
  if (digits !== undefined) return parseHex(cursor, digits);
  if (char === "p" || char === "P") return { kind: "set", ranges: parseProperty(cursor, flags) };
  cursor.at += 1;
  if (/[dswDSW]/.test(char)) return { kind: "set", ranges: perlRanges(char, flags) };
  const control = CONTROLS.get(char);
  if (control !== undefined) return { kind: "char", point: control, byte: false };
  const look = parsePlace(cursor, { char, from, unicode: flags.unicode });
  if (look !== undefined) return { kind: "look", look };
  if (char >= "\u0080" || /[A-Za-z]/.test(char)) throw refusal(cursor, from, "unrecognized escape sequence");
  return { kind: "char", point: char.charCodeAt(0), byte: false };
}

function parsePlace(cursor: Cursor, options: { char: string; from: number; unicode: boolean }): Look | undefined {
  const { char, from, unicode } = options;
  switch (char) {
    case "A":
      return "start";
    case "z":
      return "end";
    case "B":
      return unicode ? "wordUnicodeNegate" : "wordAsciiNegate";
    case "<":
      return unicode ? "wordStartUnicode" : "wordStartAscii";
    case ">":
      return unicode ? "wordEndUnicode" : "wordEndAscii";
    case "b":
      return parseWordEdge(cursor, from, unicode ? "Unicode" : "Ascii");
    default:
      return undefined;
  }
}

/** `\b`, or `\b{start}` and its like. A brace that begins with anything but a letter or hyphen is a count. */
function parseWordEdge(cursor: Cursor, from: number, alphabet: "Unicode" | "Ascii"): Look {
  const brace = cursor.at;
  if (current(cursor) !== "{") return `word${alphabet}`;
  if (!advance(cursor)) throw refusal(cursor, from, "unclosed brace after \\b");
  if (!/[A-Za-z-]/.test(current(cursor))) {
    cursor.at = brace;
    return `word${alphabet}`;
  }
  let name = "";
  for (; /[A-Za-z-]/.test(current(cursor)); advance(cursor)) name += current(cursor);
  if (!skipText(cursor, "}")) throw refusal(cursor, from, "unclosed brace after \\b, or an invalid character in it");
  switch (name) {
    case "start":
      return `wordStart${alphabet}`;
    case "end":
      return `wordEnd${alphabet}`;
    case "start-half":
      return `wordStartHalf${alphabet}`;
    case "end-half":
      return `wordEndHalf${alphabet}`;
    default:
      throw refusal(cursor, from, "unrecognized word boundary, valid are start, end, start-half and end-half");
  }
}

/** `\x41`, `\x{41}` and so on; the cursor stands on the letter. */
function parseHex(cursor: Cursor, digits: number): Primitive {
  const from = cursor.at - 1;
  let hex = "";
  if (!advance(cursor)) throw refusal(cursor, from, "incomplete escape sequence");
  const braced = current(cursor) === "{";
  if (braced) advance(cursor);
  while (braced ? current(cursor) !== "}" : hex.length < digits) {
    if (current(cursor) === "") throw refusal(cursor, from, "incomplete escape sequence");
    if (!/[0-9A-Fa-f]/.test(current(cursor))) {
      throw refusal({ ...cursor, at: cursor.at + 1 }, from, "invalid hexadecimal digit");
    }
    hex += current(cursor);
    advance(cursor);
  }
  if (braced) advance(cursor);
  if (hex === "") throw refusal(cursor, from, "hexadecimal literal is empty");
  const point = Number.parseInt(hex, 16);
  if (point > LAST_POINT || (point >= 0xd800 && point <= 0xdfff)) {
    throw refusal(cursor, from, "hexadecimal literal is not a Unicode scalar value");
  }
  return { kind: "char", point, byte: digits === 2 && !braced };
}

/** `\pL`, `\p{Greek}`, `\P{sc=Greek}` and so on; the cursor stands on the letter. */
function parseProperty(cursor: Cursor, flags: Flags): readonly number[] {
  const from = cursor.at - 1;
  const negated = current(cursor) === "P";
  if (!advance(cursor)) throw refusal(cursor, from, "incomplete escape sequence");
  let name = current(cursor);
  if (name === "{") {
    name = "";
    while (advance(cursor) && current(cursor) !== "}") name += current(cursor);
    if (current(cursor) === "") throw refusal(cursor, from, "incomplete escape sequence");
    cursor.at += 1;
  } else if (name === "\\") {
    throw refusal(cursor, from, "invalid Unicode character class");
  } else {
    advance(cursor);
  }
  if (!flags.unicode) throw refusal(cursor, from, "Unicode not allowed here");
  // The first of these that occurs anywhere splits the name: `!=` before `:` before `=`.
  const operator = ["!=", ":", "="].find((mark) => name.includes(mark));
  const split = operator === undefined ? -1 : name.indexOf(operator);
  const ranges = operator === undefined
    ? propertyRanges(name)
    : propertyRanges(name.slice(0, split), name.slice(split + operator.length));
  if (ranges === undefined) throw refusal(cursor, from, "Unicode property not found");
  const folded = flags.fold ? foldRanges(ranges) : ranges;
  return negated !== (operator === "!=") ? negatePoints(folded) : folded;
}

const ASCII_PERL: Readonly<Record<string, readonly number[]>> = {
  d: [0x30, 0x39],
  s: [0x09, 0x0d, 0x20, 0x20],
  w: [0x30, 0x39, 0x41, 0x5a, 0x5f, 0x5f, 0x61, 0x7a],
};

function perlRanges(char: string, { unicode }: Flags): readonly number[] {
  const name = char.toLowerCase();
  const ascii = ASCII_PERL[name] ?? [];
  const ranges = !unicode ? ascii : name === "d" ? digitRanges() : name === "s" ? spaceRanges() : wordRanges();
  if (char === name) return ranges;
  return unicode ? negatePoints(ranges) : negate(ranges, 0xff);
}
