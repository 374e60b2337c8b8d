/**
 * What a pattern means, as a tree of plain data.
 *
 * Owns the shapes and the few rules that keep every tree in one form (no nested sequences, no empty parts within one).
 * Flags, escapes, names of classes and letter case are gone at this point: a folded letter is a class of code points.
 * Knows neither the syntax nor how it is matched.
 *
 * @module
 */

/** A pattern, or a part of one. */
export type Hir = HirEmpty | HirLiteral | HirClass | HirLook | HirRepeat | HirCapture | HirConcat | HirAlternate;

/** Matches the empty string, everywhere. */
export interface HirEmpty {
  /** Tells the shapes apart. */
  readonly kind: "empty";
}

/** Exactly these bytes, at least one of them: UTF-8, or whatever a pattern without Unicode wrote. */
export interface HirLiteral {
  /** Tells the shapes apart. */
  readonly kind: "literal";
  /** The bytes, in order. */
  readonly bytes: readonly number[];
}

/** One code point in UTF-8, or one byte, out of a set. An empty set matches nothing. */
export interface HirClass {
  /** Tells the shapes apart. */
  readonly kind: "class";
  /** What the ranges count: code points (surrogates in a range mean nothing) or bytes. */
  readonly unit: "point" | "byte";
  /** `[first, last, first, last, …]`, both inclusive, ascending, apart from each other. */
  readonly ranges: readonly number[];
}

/** Matches no bytes, but only at some places. */
export interface HirLook {
  /** Tells the shapes apart. */
  readonly kind: "look";
  /** Which places. */
  readonly look: Look;
}

/** The same thing several times in a row. */
export interface HirRepeat {
  /** Tells the shapes apart. */
  readonly kind: "repeat";
  /** The smallest count. */
  readonly min: number;
  /** The largest count; `Infinity` for none. */
  readonly max: number;
  /** Whether as often as possible is tried first. Without meaning for whether there is a match, only for which. */
  readonly greedy: boolean;
  /** What is repeated. */
  readonly item: Hir;
}

/** A group that remembers what it matched. Here it only groups. */
export interface HirCapture {
  /** Tells the shapes apart. */
  readonly kind: "capture";
  /** Counted from 1, by opening parenthesis. */
  readonly index: number;
  /** Its name, where it has one. */
  readonly name: string | undefined;
  /** What is in the group. */
  readonly item: Hir;
}

/** One thing after the other; two at least, none of them empty or a sequence itself. */
export interface HirConcat {
  /** Tells the shapes apart. */
  readonly kind: "concat";
  /** The things, in order. */
  readonly items: readonly Hir[];
}

/** One of several things, two at least; the first that matches counts. */
export interface HirAlternate {
  /** Tells the shapes apart. */
  readonly kind: "alternate";
  /** The things, best first. */
  readonly items: readonly Hir[];
}

/**
 * A place between two bytes: the message's edges; the edges of its lines, ended by a line feed (`LF`) or also by a
 * carriage return (`CRLF`); the edges of words, or halves of them, of ASCII's or Unicode's word characters.
 */
export type Look =
  | "start"
  | "end"
  | "startLF"
  | "endLF"
  | "startCRLF"
  | "endCRLF"
  | "wordAscii"
  | "wordAsciiNegate"
  | "wordUnicode"
  | "wordUnicodeNegate"
  | "wordStartAscii"
  | "wordEndAscii"
  | "wordStartUnicode"
  | "wordEndUnicode"
  | "wordStartHalfAscii"
  | "wordEndHalfAscii"
  | "wordStartHalfUnicode"
  | "wordEndHalfUnicode";

/** The one empty tree. */
export const EMPTY: HirEmpty = { kind: "empty" };

/**
 * Parts one after the other, flattened, with neighbouring literals joined.
 *
 * @param parts Any number of parts, also none.
 */
export function concat(parts: readonly Hir[]): Hir {
  const items: Hir[] = [];
  // Literals are joined only where there are neighbours: most of what comes out of a group stays as it is.
  let bytes: number[] | undefined;
  const add = (part: Hir): void => {
    if (part.kind === "empty") return;
    const last = items.at(-1);
    if (part.kind === "literal" && last?.kind === "literal") {
      if (bytes === undefined) items[items.length - 1] = { kind: "literal", bytes: bytes = [...last.bytes] };
      for (const byte of part.bytes) bytes.push(byte);
    } else {
      bytes = undefined;
      items.push(part);
    }
  };
  for (const part of parts) {
    if (part.kind === "concat") { for (const item of part.items) add(item); }
    else add(part);
  }
  const [first = EMPTY] = items;
  return items.length < 2 ? first : { kind: "concat", items };
}

/**
 * One of several branches.
 *
 * @param branches At least one.
 */
export function alternate(branches: readonly Hir[]): Hir {
  const [first = EMPTY] = branches;
  return branches.length < 2 ? first : { kind: "alternate", items: branches };
}

/**
 * A part several times over. What takes no bytes need not be repeated more than once, and what may come at most zero
 * times is empty.
 *
 * @param item What is repeated.
 * @param options The counts, and which is tried first.
 */
export function repeat(item: Hir, options: { min: number; max: number; greedy: boolean }): Hir {
  const { greedy } = options;
  const zeroWidth = isZeroWidth(item);
  const min = zeroWidth ? Math.min(options.min, 1) : options.min;
  const max = zeroWidth ? Math.min(options.max, 1) : options.max;
  if (max === 0 || item.kind === "empty") return EMPTY;
  if (min === 1 && max === 1) return item;
  return { kind: "repeat", min, max, greedy, item };
}

/**
 * The fewest bytes that a match can have. `Infinity` where nothing matches.
 *
 * @param hir The pattern or part.
 */
export function minBytes(hir: Hir): number {
  switch (hir.kind) {
    case "empty":
    case "look":
      return 0;
    case "literal":
      return hir.bytes.length;
    case "class":
      return hir.ranges.length === 0 ? Infinity : hir.unit === "byte" ? 1 : utf8Length(hir.ranges[0] ?? 0);
    case "repeat":
      return hir.min === 0 ? 0 : hir.min * minBytes(hir.item);
    case "capture":
      return minBytes(hir.item);
    case "concat":
      return hir.items.reduce((sum, item) => sum + minBytes(item), 0);
    case "alternate":
      return hir.items.reduce((least, item) => Math.min(least, minBytes(item)), Infinity);
  }
}

/**
 * Whether no match can have any bytes.
 *
 * @param hir The pattern or part.
 */
export function isZeroWidth(hir: Hir): boolean {
  switch (hir.kind) {
    case "empty":
    case "look":
      return true;
    case "literal":
    case "class":
      return false;
    case "repeat":
    case "capture":
      return isZeroWidth(hir.item);
    case "concat":
    case "alternate":
      return hir.items.every(isZeroWidth);
  }
}

function utf8Length(point: number): number {
  return point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
}

/** Whether a pattern asks what stands before or behind a place. */
export function hasPlaces(hir: Hir): boolean {
  switch (hir.kind) {
    case "look":
      return true;
    case "capture":
    case "repeat":
      return hasPlaces(hir.item);
    case "concat":
    case "alternate":
      return hir.items.some(hasPlaces);
    default:
      return false;
  }
}
