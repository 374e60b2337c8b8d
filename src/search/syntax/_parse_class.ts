/**
 * Classes in brackets: `[a-z]`, `[^\d[:alpha:]]`, `[\w&&[^_]--x]`.
 *
 * Owns their syntax and their meaning under the flags; what comes out is a plain set.
 *
 * @module
 */
import {
  advance,
  current,
  type Cursor,
  following,
  followingWord,
  refusal,
  skipSpace,
  skipText,
  spend,
  tooDeep,
} from "./_cursor.ts";
import { parseEscape, type Primitive } from "./_parse_escape.ts";
import type { Flags } from "./_parse_flags.ts";
import { intersect, negate, rangesFrom, subtract, symmetricDifference, union } from "./ranges.ts";
import { foldRanges, foldWork, LAST_POINT } from "./unicode.ts";

/** A class, and how deep classes are nested in it. */
export interface ParsedClass {
  /** In the unit that the flags ask for. */
  readonly ranges: readonly number[];
  /** 1 where there is no class within. */
  readonly depth: number;
}

/** Where a class is read, under which flags, and how deep classes may nest. */
export interface Place {
  /** On the opening bracket. */
  readonly cursor: Cursor;
  /** What is on here. */
  readonly flags: Flags;
  /** How many classes may be within each other. */
  readonly depthLimit: number;
}

const ASCII_CLASSES: ReadonlyMap<string, readonly number[]> = new Map([
  ["alnum", [0x30, 0x39, 0x41, 0x5a, 0x61, 0x7a]],
  ["alpha", [0x41, 0x5a, 0x61, 0x7a]],
  ["ascii", [0x00, 0x7f]],
  ["blank", [0x09, 0x09, 0x20, 0x20]],
  ["cntrl", [0x00, 0x1f, 0x7f, 0x7f]],
  ["digit", [0x30, 0x39]],
  ["graph", [0x21, 0x7e]],
  ["lower", [0x61, 0x7a]],
  ["print", [0x20, 0x7e]],
  ["punct", [0x21, 0x2f, 0x3a, 0x40, 0x5b, 0x60, 0x7b, 0x7e]],
  ["space", [0x09, 0x0d, 0x20, 0x20]],
  ["upper", [0x41, 0x5a]],
  ["word", [0x30, 0x39, 0x41, 0x5a, 0x5f, 0x5f, 0x61, 0x7a]],
  ["xdigit", [0x30, 0x39, 0x41, 0x46, 0x61, 0x66]],
]);

/** How two sides of an operator make one set. All three bind alike, from the left. */
const OPERATORS: ReadonlyMap<string, (left: readonly number[], right: readonly number[]) => number[]> = new Map([
  ["&", intersect],
  ["-", subtract],
  ["~", symmetricDifference],
]);

/** Reads a class; the cursor stands on its opening bracket. */
export function parseClass(place: Place): ParsedClass {
  const { cursor, flags, depthLimit } = place;
  const from = cursor.at;
  const unclosed = (): Error => refusal({ ...cursor, at: from + 1 }, from, "unclosed character class");
  if (depthLimit < 1) throw tooDeep();
  if (!advance(cursor)) throw unclosed();
  const negated = current(cursor) === "^";
  if (negated && !advance(cursor)) throw unclosed();

  let depth = 1;
  let bounds: number[] = [];
  let combine = (right: readonly number[]): readonly number[] => right;
  for (; current(cursor) === "-"; advance(cursor)) bounds.push(0x2d, 0x2d);
  if (bounds.length === 0 && current(cursor) === "]") {
    bounds.push(0x5d, 0x5d);
    advance(cursor);
  }
  const side = (): readonly number[] => combine(rangesFrom(bounds));
  const add = (ranges: readonly number[]): void => {
    spend(cursor, ranges.length / 2);
    for (const bound of ranges) bounds.push(bound);
  };
  for (;;) {
    skipSpace(cursor);
    const char = current(cursor);
    const operator = following(cursor) === char ? OPERATORS.get(char) : undefined;
    if (char === "") throw unclosed();
    if (char === "]") break;
    if (char === "[") {
      const named = parseAsciiClass(place);
      const inner = named === undefined
        ? parseClass({ ...place, depthLimit: depthLimit - 1 })
        : { ranges: named, depth: 0 };
      depth = Math.max(depth, 1 + inner.depth);
      add(inner.ranges);
    } else if (operator === undefined) {
      add(parseItem(place, unclosed));
    } else {
      // An operator's sides are folded before it works, the whole again after it.
      const left = fold(side(), place);
      combine = (right) => operator(left, fold(right, place));
      bounds = [];
      cursor.at += 2;
    }
  }
  const set = fold(side(), place);
  cursor.at += 1;
  return { ranges: negated ? negate(set, maxOf(flags)) : set, depth };
}

/** One character, range, or class by name. */
function parseItem({ cursor, flags }: Place, unclosed: () => Error): readonly number[] {
  const from = cursor.at;
  const first = parsePiece(cursor, flags);
  skipSpace(cursor);
  if (current(cursor) === "") throw unclosed();
  const next = followingWord(cursor);
  if (current(cursor) !== "-" || next === "]" || next === "-") {
    if (first.kind === "look") throw refusal(cursor, from, "invalid escape sequence found in character class");
    return first.kind === "set" ? first.ranges : [unitOf(first), unitOf(first)];
  }
  if (!advance(cursor)) throw unclosed();
  const last = parsePiece(cursor, flags);
  const low = first.kind === "char" ? unitOf(first) : NaN;
  const high = last.kind === "char" ? unitOf(last) : NaN;
  if (Number.isNaN(low + high)) throw refusal(cursor, from, "invalid range boundary, must be a literal");
  if (low > high) throw refusal(cursor, from, "invalid character class range, the start must be <= the end");
  return [low, high];

  function unitOf(char: Primitive & { kind: "char" }): number {
    if (flags.unicode || char.point < 0x80 || char.byte) return char.point;
    throw refusal(cursor, from, "Unicode not allowed here");
  }
}

function parsePiece(cursor: Cursor, flags: Flags): Primitive {
  if (current(cursor) === "\\") return parseEscape(cursor, flags);
  const point = current(cursor).codePointAt(0) ?? 0;
  cursor.at += 1;
  return { kind: "char", point, byte: false };
}

/** `[:alpha:]` or `[:^alpha:]`; anything else that begins like it is a class in a class, and the cursor stays. */
function parseAsciiClass({ cursor, flags }: Pick<Place, "cursor" | "flags">): readonly number[] | undefined {
  const from = cursor.at;
  if (skipText(cursor, "[:")) {
    const negated = skipText(cursor, "^");
    let name = "";
    for (; current(cursor) !== ":" && current(cursor) !== ""; cursor.at += 1) name += current(cursor);
    const ranges = ASCII_CLASSES.get(name);
    if (ranges !== undefined && skipText(cursor, ":]")) {
      const folded = fold(ranges, { cursor, flags });
      return negated ? negate(folded, maxOf(flags)) : folded;
    }
  }
  cursor.at = from;
  return undefined;
}

function maxOf({ unicode }: Flags): number {
  return unicode ? LAST_POINT : 0xff;
}

/** Bounds of a class that is kept in its folded form; most are of a few ranges, and the same over and over. */
const MAX_KEPT_BOUNDS = 8;

/** With all that differ in case, if the flags say so. */
export function fold(ranges: readonly number[], { cursor, flags }: Pick<Place, "cursor" | "flags">): readonly number[] {
  if (!flags.fold) return ranges;
  if (!flags.unicode) return foldAscii(ranges);
  spend(cursor, foldWork(ranges));
  if (ranges.length > MAX_KEPT_BOUNDS) return foldRanges(ranges);
  const key = ranges.join();
  const folded = cursor.folded.get(key) ?? foldRanges(ranges);
  cursor.folded.set(key, folded);
  return folded;
}

function foldAscii(ranges: readonly number[]): readonly number[] {
  const shifted = (letters: readonly number[], distance: number): number[] =>
    intersect(ranges, letters).map((bound) => bound + distance);
  return union(ranges, [...shifted([0x41, 0x5a], 32), ...shifted([0x61, 0x7a], -32)]);
}
