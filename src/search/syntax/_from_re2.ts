/**
 * Patterns in Go's syntax, in the words of the crate's.
 *
 * The second reading of a pattern that the crate refuses: callers try their patterns in Go, so these do arrive. Escapes
 * what Go takes literally, spells out `\Q…\E` and octal numbers, and has named classes and words mean ASCII's, as in
 * Go. A pattern that Go refuses, too, is left as it is.
 *
 * @module
 */
import { propertyRanges } from "./unicode.ts";

/** An escape, with what belongs to it. Lengths are bounded, so that no text makes the search for the end long. */
const ESCAPE = String.raw`\\(?:[pP]\{[^}]{0,99}\}|x\{[^}]{0,99}\}|x[0-9A-Fa-f]{2}|0[0-7]{0,2}|[1-7][0-7]{1,2}|[^])`;

/** The largest count that Go takes. */
const MAX_COUNT = 1000;

/**
 * Pieces whose reading differs, or within which it does. Of a class only its beginning: what is in it is read member by
 * member.
 */
const PIECE = new RegExp(
  [
    String.raw`\\Q(?<quoted>[^]*?)(?:\\E|$)`,
    `(?<escape>${ESCAPE})`,
    String.raw`(?<repeat>(?:[*+?]|\{\d+(?:,\d*)?\})\??)`,
    String.raw`\(\?(?<flags>[A-Za-z-]*)[:)]`,
    String.raw`(?<brace>\{)`,
    String.raw`(?<open>\[\^?\]?)`,
    String.raw`(?<name>\(\?P?<)(?=\d)`,
    String.raw`(?<plain>[^\\{[(*+?]+|[^])`,
  ].join("|"),
  "uy",
);

/** A member of a class, or several that mean themselves. */
const MEMBERS = new RegExp(String.raw`\[:\^?\w+:\]|${ESCAPE}|[^\]\\[]+|\[`, "uy");

/** Pieces of a class that may be spelled otherwise. A hyphen may itself be either end of a range. */
const ITEMS = new RegExp(
  String.raw`(?<posix>\[:\^?\w+:\])|(?<low>${ESCAPE}|[^\\])-(?<high>${ESCAPE}|[^\\])|(?<item>${ESCAPE}|[[\]&~-])`,
  "gu",
);

/** Named classes as Go has them. Negated ones are classes of their own, also within another. */
const CLASSES: ReadonlyMap<string, string> = new Map([
  ["d", "0-9"],
  ["s", "\\t\\n\\f\\r\\x20"],
  ["w", "0-9A-Za-z_"],
]);

type Groups = Readonly<Record<string, string | undefined>>;

/**
 * Returns the same pattern in the crate's syntax, as far as Go's differs; the pattern itself where Go refuses it.
 *
 * @param pattern A pattern that the crate refuses.
 */
export function fromRe2(pattern: string): string {
  let result = "";
  let isRepeated = false;
  const lastName = pattern.lastIndexOf(":]");
  for (let at = 0; at < pattern.length;) {
    PIECE.lastIndex = at;
    const found = PIECE.exec(pattern);
    if (found === null) throw new TypeError(`Cannot read a pattern: nothing fits at ${at}`);
    const [piece] = found;
    const { quoted, escape, repeat, flags, brace, open, name } = found.groups as Groups;
    at += piece.length;
    if (isRefusedByGo({ escape, repeat, flags, isRepeated })) return pattern;
    isRepeated = repeat !== undefined;
    if (quoted !== undefined) {
      result += quoted.replace(/[.*+?^$()|[\]{}\\#&~-]/g, literal);
    } else if (escape !== undefined) {
      result += fromEscape(escape) ?? piece;
    } else if (brace !== undefined) {
      result += literal(brace);
    } else if (open !== undefined) {
      const end = endOfClass(pattern, at);
      // Ends in a backslash, which neither syntax takes.
      if (end < pattern.length && pattern[end] !== "]") return pattern;
      if (hasForeignMember(pattern, { from: at, end, lastName })) return pattern;
      result += open + pattern.slice(at, end).replace(ITEMS, fromItem);
      at = end;
    } else {
      // The crate's names do not begin with a digit.
      result += name === undefined ? piece : `${name}_`;
    }
  }
  return result;
}

/** What is read of a piece, and whether the piece before it is a repetition. */
interface GoPiece {
  readonly escape: string | undefined;
  readonly repeat: string | undefined;
  readonly flags: string | undefined;
  readonly isRepeated: boolean;
}

/**
 * Whether only the crate takes a piece: its own flags, a repetition of a repetition, a large count, its own escapes.
 */
function isRefusedByGo({ escape, repeat, flags, isRepeated }: GoPiece): boolean {
  if (repeat !== undefined) {
    return isRepeated || (repeat.match(/\d+/g) ?? []).some((count) => Number(count) > MAX_COUNT);
  }
  if (flags !== undefined) return /[^imsU-]/.test(flags);
  return escape !== undefined && isForeignEscape(escape);
}

/**
 * Whether only the crate takes an escape: `\u0041`, `\p{sc=Greek}`, `\p{Alphabetic}`. Go knows categories and scripts.
 */
function isForeignEscape(escape: string): boolean {
  if (/^\\[uU]/.test(escape)) return true;
  const name = /^\\[pP]\{\^?(.*)\}$/su.exec(escape)?.[1];
  return name !== undefined && propertyRanges("gc", name) === undefined && propertyRanges("sc", name) === undefined;
}

/**
 * Whether only the crate takes a member of a class. Go takes `[:` for the beginning of a name wherever a `:]` follows.
 */
function hasForeignMember(
  pattern: string,
  { from, end, lastName }: { readonly from: number; readonly end: number; readonly lastName: number },
): boolean {
  for (let at = from; at < end; at = MEMBERS.lastIndex) {
    MEMBERS.lastIndex = at;
    const member = MEMBERS.exec(pattern)?.[0] ?? "";
    if (member.startsWith("\\") && isForeignEscape(member)) return true;
    if (member === "[" && pattern[at + 1] === ":" && lastName >= at + 2) return true;
  }
  return false;
}

/**
 * Where the members of a class end: at its bracket, at the end of the pattern, or at a backslash there. Each is read
 * once, and never in another way: an expression for all of them would try the two readings of each escape.
 */
function endOfClass(pattern: string, from: number): number {
  let at = from;
  for (;;) {
    MEMBERS.lastIndex = at;
    const length = MEMBERS.exec(pattern)?.[0].length ?? 0;
    if (length === 0) return at;
    at += length;
  }
}

function fromEscape(escape: string): string | undefined {
  const char = escape.charAt(1);
  if (char === "b" || char === "B") return `(?-u:${escape})`;
  const named = CLASSES.get(char.toLowerCase());
  return named === undefined ? fromCharacter(escape) : `[${char === char.toLowerCase() ? "" : "^"}${named}]`;
}

/** What an escape that means the same in and out of a class is for the crate, if it differs. */
function fromCharacter(escape: string): string | undefined {
  const octal = /^\\(0[0-7]*|[1-7][0-7]+)$/.exec(escape)?.[1];
  if (octal !== undefined) return `\\x{${Number.parseInt(octal, 8).toString(16)}}`;
  const [, letter, property] = /^\\([pP])\{\^(.*)/su.exec(escape) ?? [];
  if (property !== undefined) return `\\${letter === "p" ? "P" : "p"}{${property}`;
  return escape === "\\<" || escape === "\\>" ? escape.charAt(1) : undefined;
}

function fromItem(piece: string, ...rest: readonly unknown[]): string {
  const { posix, low, high, item } = rest.at(-1) as Groups;
  if (posix !== undefined) return piece;
  // Neither takes a class for the end of a range.
  if (isClass(high) && !isClass(low)) return `${fromMember(low)}-${high}`;
  return item === undefined ? `${fromMember(low)}-${fromMember(high)}` : fromMember(item);
}

function isClass(member = ""): boolean {
  return /^\\[dswp]/i.test(member);
}

function fromMember(member = ""): string {
  if (!member.startsWith("\\")) return /[[\]&~-]/.test(member) ? literal(member) : member;
  const named = CLASSES.get(member.charAt(1).toLowerCase());
  if (named === undefined) return fromCharacter(member) ?? member;
  return member.charAt(1) === member.charAt(1).toLowerCase() ? named : `[^${named}]`;
}

function literal(char: string): string {
  return `\\${char}`;
}
