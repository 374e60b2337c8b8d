/**
 * Random patterns and texts, for comparing this engine with others.
 *
 * The grammar leans to where engines differ, and most texts are close to a match. The smallest draw gives the simplest
 * pattern, so that a failing one can be shrunk.
 *
 * @module
 */
import type { Hir } from "../../src/search/syntax/hir.ts";
import type { Random } from "../support/random.ts";

/**
 * Characters that engines have had trouble with: foldings of three, titles, edges of encodings, words and digits of
 * other scripts, marks.
 */
const CHARACTERS = [
  ..."aabbbcdkKsSxyzZ019_- .,:=/\t\r",
  ..."éÉßẞſ\u212aµμΜσςΣǄǅǆıİıiI",
  ..."٣४日本語😀𝟙𝔘é\u0301\u0345ͅ\u200d\u00a0\u3000\ufffd\ue000\uffff\u{10000}\u{10ffff}\x7f\u0080\u07ff\u0800",
];

const NAMED = [
  ..."d D w W s S".split(" "),
  ..."pL PL p{Lu} p{Ll} P{Lu} p{Greek} p{sc=Latin} p{scx=Deva} p{Nd} p{N} p{Alphabetic} p{White_Space} p{Cased} P{ASCII}"
    .split(" "),
];
const POSIX = "alnum alpha ascii blank cntrl digit graph lower print punct space upper word xdigit ^alpha ^digit ^space"
  .split(" ");
const PLACES = [
  "^",
  "$",
  "\\b",
  "\\B",
  "\\A",
  "\\z",
  "\\b{start}",
  "\\b{end}",
  "\\b{start-half}",
  "\\b{end-half}",
  "\\<",
  "\\>",
];
const REPEATS = ["*", "+", "?", "{2}", "{0,2}", "{1,}", "{1,3}", "{3}", "{0}", "*?", "+?", "??", "{1,2}?"];
const FLAGS = ["i", "s", "m", "U", "R", "-i", "-s", "i-m", "im", "is-U"];

/** A pattern under the flag for white space and comments. */
const SPACED = "(?x:\ta b? # c*\n [ a - c ]\\ )";

/**
 * A pattern, mostly one that the crate takes. `unicode` off is used only for what still takes well-formed UTF-8 alone.
 */
export function randomPattern(random: Random): string {
  const prefix = random.oneIn(2) ? "(?i)" : "";
  return prefix + branches(random, 3);
}

/** Words that overlap, fold, are written in another way in JSON, or are looked for by less than all of them. */
export const WORDS: readonly string[] = [
  ..."ab ba abab error task k Ss x/y 5 é bab abc".split(" "),
  '"q"',
  '[b"]',
  "[o/]a",
  "\\\\u",
  "Z st",
  "ab<ba",
  "error\\t",
  "\\x{2028}",
];

/** A pattern of words, most of which a match must hold: repeated, in either order, as one of several, or not at all. */
export function patternOfWords(random: Random, depth = 2): string {
  return Array.from({ length: 1 + random.int(4) }, () => {
    const word = depth > 0 && random.oneIn(3)
      ? `(?:${patternOfWords(random, depth - 1)}${random.oneIn(2) ? `|${patternOfWords(random, depth - 1)}` : ""})`
      : `(?:${random.pick(WORDS)})`;
    const place = random.oneIn(12) ? random.pick(["\\b", "\\B", "^"]) : "";
    return place + word +
      random.pick([
        "",
        "",
        ".*",
        "\\d",
        "+",
        "*",
        "?",
        "{2}",
        "{2,}",
        "{1,3}",
        "+.*",
        "\\s+",
        ".",
        "\\s",
        "(?s:.)",
        "[^a]",
        "[\\n ]",
        "\\d{3}",
        "\\d{2,}",
        "[1-9]\\d?",
        '["\\d/]{2}',
        "[0-9a-f-]{4}",
        "\\w",
        "(?-u:[x-\\x7f])",
        "\\p{Greek}",
      ]);
  }).join("");
}

function branches(random: Random, depth: number): string {
  const count = random.oneIn(4) ? 2 + random.int(3) : 1;
  return Array.from({ length: count }, () => sequence(random, depth)).join("|");
}

function sequence(random: Random, depth: number): string {
  const count = random.oneIn(20) ? 0 : 1 + random.int(4);
  return Array.from({ length: count }, () => repeated(random, depth)).join("");
}

function repeated(random: Random, depth: number): string {
  const part = piece(random, depth);
  return random.oneIn(3) && !/^\(\?[a-zA-Z-]+\)$/.test(part) ? part + random.pick(REPEATS) : part;
}

function piece(random: Random, depth: number): string {
  switch (random.int(depth > 0 ? 12 : 8)) {
    case 0:
    case 1:
    case 2:
      return character(random);
    case 3:
      return `\\${random.pick(NAMED)}`;
    case 4:
      return classOf(random, 2);
    case 5:
      return random.oneIn(12) ? SPACED : random.pick(PLACES);
    case 6:
      return random.oneIn(2) ? "." : literal(random);
    case 7:
      return literal(random);
    case 8:
      return `(${branches(random, depth - 1)})`;
    case 9:
      return `(?:${branches(random, depth - 1)})`;
    case 10:
      return `(?${random.pick(FLAGS)}:${branches(random, depth - 1)})`;
    default:
      return random.oneIn(3)
        ? `(?${random.pick(FLAGS)})`
        : random.oneIn(3)
        ? `(?-u:${random.pick(["\\b", "\\w", "\\d", "[a-z]", "\\s"])})`
        : literal(random);
  }
}

function literal(random: Random): string {
  return Array.from({ length: 1 + random.int(4) }, () => character(random)).join("");
}

function character(random: Random): string {
  const char = random.pick(CHARACTERS);
  if (random.oneIn(8)) return `\\x{${(char.codePointAt(0) ?? 0).toString(16)}}`;
  if (random.oneIn(12)) return random.pick(["\\t", "\\r", "\\.", "\\*", "\\-", "\\x41", "\\x7f", "\\/", '\\"']);
  return /[.*+?^$()|[\]{}\\]/.test(char) ? `\\${char}` : char;
}

/** A class in brackets. */
export function randomClass(random: Random): string {
  return classOf(random, 3);
}

function classOf(random: Random, depth: number): string {
  const items = Array.from({ length: 1 + random.int(4) }, () => classItem(random, depth));
  const operator = random.oneIn(6) ? random.pick(["&&", "--", "~~"]) + classItem(random, depth) : "";
  return `[${random.oneIn(3) ? "^" : ""}${items.join("")}${operator}]`;
}

function classItem(random: Random, depth: number): string {
  switch (random.int(8)) {
    case 0:
      return `\\${random.pick(NAMED)}`;
    case 1:
      return `[:${random.pick(POSIX)}:]`;
    case 2: {
      const [low = 0, high = 0] = [random.pick(CHARACTERS), random.pick(CHARACTERS)].map((char) =>
        char.codePointAt(0) ?? 0
      ).sort((a, b) => a - b);
      return `\\x{${low.toString(16)}}-\\x{${high.toString(16)}}`;
    }
    case 3:
      return depth > 0 ? classOf(random, depth - 1) : "a-f";
    case 4:
      return random.pick(["a-z", "0-9", "A-Z", "à-ÿ", "α-ω"]);
    default:
      return character(random).replace(/^[-&~]$/, "\\$&");
  }
}

/** A text of mixed characters. */
export function randomText(random: Random): string {
  return Array.from({ length: random.int(12) }, () => random.pick(CHARACTERS)).join("");
}

/**
 * A text that a pattern could match, but for its places; with something around it, or something changed, more often
 * than not.
 */
export function textNear(random: Random, hir: Hir): string {
  const bytes: number[] = [];
  sample(random, hir, bytes);
  const text = new TextDecoder().decode(Uint8Array.from(bytes.slice(0, 200)));
  const chars = [...text];
  if (random.oneIn(3) && chars.length > 0) {
    chars.splice(random.int(chars.length), random.int(2), ...(random.oneIn(2) ? [random.pick(CHARACTERS)] : []));
  }
  const before = random.oneIn(2) ? randomText(random) : "";
  const after = random.oneIn(2) ? randomText(random) : "";
  return before + chars.join("") + after;
}

function sample(random: Random, hir: Hir, bytes: number[]): void {
  switch (hir.kind) {
    case "empty":
    case "look":
      return;
    case "literal":
      bytes.push(...hir.bytes);
      return;
    case "class": {
      if (hir.ranges.length === 0) return;
      const index = 2 * random.int(hir.ranges.length / 2);
      const low = hir.ranges[index] ?? 0;
      const high = hir.ranges[index + 1] ?? 0;
      const point = random.oneIn(2) ? low : low + random.int(high - low + 1);
      bytes.push(
        ...(hir.unit === "byte" ? [point] : new TextEncoder().encode(String.fromCodePoint(point).toWellFormed())),
      );
      return;
    }
    case "capture":
      return sample(random, hir.item, bytes);
    case "concat":
      for (const item of hir.items) sample(random, item, bytes);
      return;
    case "alternate":
      return sample(random, random.pick(hir.items), bytes);
    case "repeat": {
      const count = hir.min + random.int(Math.min(hir.max - hir.min, 2) + 1);
      for (let time = 0; time < count && bytes.length < 200; time += 1) sample(random, hir.item, bytes);
      return;
    }
  }
}
