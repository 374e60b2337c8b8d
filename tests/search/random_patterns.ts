/**
 * Patterns and texts by chance, for comparing this engine with its twins.
 *
 * Owns a generator that tells the same story for the same seed, a grammar of patterns that leans to where engines differ, and texts that are often
 * close to a match. For tests only.
 *
 * @module
 */
import type { Hir } from "../../src/search/syntax/hir.ts";

/** A source of chance that can be played again. */
export interface Chance {
  /** A whole number from 0 up to, not including, `count`. */
  below(count: number): number;
  /** One of several. */
  pick<Item>(items: readonly Item[]): Item;
  /** True about once in `count` times. */
  once(count: number): boolean;
}

/** Chance from a seed (a generator known as mulberry32). */
export function createChance(seed: number): Chance {
  let state = seed >>> 0;
  const below = (count: number): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % count;
  };
  return {
    below,
    pick: (items) => items[below(items.length)] as (typeof items)[number],
    once: (count) => below(count) === 0,
  };
}

/** Characters that engines have had trouble with: foldings of three, titles, edges of encodings, words and digits of other scripts, marks. */
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

/** A pattern, mostly one that the crate takes. `unicode` off is used only for what still takes well-formed UTF-8 alone. */
export function randomPattern(chance: Chance): string {
  const prefix = chance.once(2) ? "(?i)" : "";
  return prefix + branches(chance, 3);
}

function branches(chance: Chance, depth: number): string {
  const count = chance.once(4) ? 2 + chance.below(3) : 1;
  return Array.from({ length: count }, () => sequence(chance, depth)).join("|");
}

function sequence(chance: Chance, depth: number): string {
  const count = chance.once(20) ? 0 : 1 + chance.below(4);
  return Array.from({ length: count }, () => repeated(chance, depth)).join("");
}

function repeated(chance: Chance, depth: number): string {
  const part = piece(chance, depth);
  return chance.once(3) && !/^\(\?[a-zA-Z-]+\)$/.test(part) ? part + chance.pick(REPEATS) : part;
}

function piece(chance: Chance, depth: number): string {
  switch (chance.below(depth > 0 ? 12 : 8)) {
    case 0:
    case 1:
    case 2:
      return character(chance);
    case 3:
      return `\\${chance.pick(NAMED)}`;
    case 4:
      return classOf(chance, 2);
    case 5:
      return chance.once(12) ? SPACED : chance.pick(PLACES);
    case 6:
      return chance.once(2) ? "." : literal(chance);
    case 7:
      return literal(chance);
    case 8:
      return `(${branches(chance, depth - 1)})`;
    case 9:
      return `(?:${branches(chance, depth - 1)})`;
    case 10:
      return `(?${chance.pick(FLAGS)}:${branches(chance, depth - 1)})`;
    default:
      return chance.once(3)
        ? `(?${chance.pick(FLAGS)})`
        : chance.once(3)
        ? `(?-u:${chance.pick(["\\b", "\\w", "\\d", "[a-z]", "\\s"])})`
        : literal(chance);
  }
}

function literal(chance: Chance): string {
  return Array.from({ length: 1 + chance.below(4) }, () => character(chance)).join("");
}

function character(chance: Chance): string {
  const char = chance.pick(CHARACTERS);
  if (chance.once(8)) return `\\x{${(char.codePointAt(0) ?? 0).toString(16)}}`;
  if (chance.once(12)) return chance.pick(["\\t", "\\r", "\\.", "\\*", "\\-", "\\x41", "\\x7f", "\\/", '\\"']);
  return /[.*+?^$()|[\]{}\\]/.test(char) ? `\\${char}` : char;
}

/** A class in brackets. */
export function randomClass(chance: Chance): string {
  return classOf(chance, 3);
}

function classOf(chance: Chance, depth: number): string {
  const items = Array.from({ length: 1 + chance.below(4) }, () => classItem(chance, depth));
  const operator = chance.once(6) ? chance.pick(["&&", "--", "~~"]) + classItem(chance, depth) : "";
  return `[${chance.once(3) ? "^" : ""}${items.join("")}${operator}]`;
}

function classItem(chance: Chance, depth: number): string {
  switch (chance.below(8)) {
    case 0:
      return `\\${chance.pick(NAMED)}`;
    case 1:
      return `[:${chance.pick(POSIX)}:]`;
    case 2: {
      const [low = 0, high = 0] = [chance.pick(CHARACTERS), chance.pick(CHARACTERS)].map((char) =>
        char.codePointAt(0) ?? 0
      ).sort((a, b) => a - b);
      return `\\x{${low.toString(16)}}-\\x{${high.toString(16)}}`;
    }
    case 3:
      return depth > 0 ? classOf(chance, depth - 1) : "a-f";
    case 4:
      return chance.pick(["a-z", "0-9", "A-Z", "à-ÿ", "α-ω"]);
    default:
      return character(chance).replace(/^[-&~]$/, "\\$&");
  }
}

/** A text of mixed characters. */
export function randomText(chance: Chance): string {
  return Array.from({ length: chance.below(12) }, () => chance.pick(CHARACTERS)).join("");
}

/** A text that a pattern could match, but for its places; with something around it, or something changed, more often than not. */
export function textNear(chance: Chance, hir: Hir): string {
  const bytes: number[] = [];
  sample(chance, hir, bytes);
  const text = new TextDecoder().decode(Uint8Array.from(bytes.slice(0, 200)));
  const chars = [...text];
  if (chance.once(3) && chars.length > 0) {
    chars.splice(chance.below(chars.length), chance.below(2), ...(chance.once(2) ? [chance.pick(CHARACTERS)] : []));
  }
  const before = chance.once(2) ? randomText(chance) : "";
  const after = chance.once(2) ? randomText(chance) : "";
  return before + chars.join("") + after;
}

function sample(chance: Chance, hir: Hir, bytes: number[]): void {
  switch (hir.kind) {
    case "empty":
    case "look":
      return;
    case "literal":
      bytes.push(...hir.bytes);
      return;
    case "class": {
      if (hir.ranges.length === 0) return;
      const index = 2 * chance.below(hir.ranges.length / 2);
      const low = hir.ranges[index] ?? 0;
      const high = hir.ranges[index + 1] ?? 0;
      const point = chance.once(2) ? low : low + chance.below(high - low + 1);
      bytes.push(
        ...(hir.unit === "byte" ? [point] : new TextEncoder().encode(String.fromCodePoint(point).toWellFormed())),
      );
      return;
    }
    case "capture":
      return sample(chance, hir.item, bytes);
    case "concat":
      for (const item of hir.items) sample(chance, item, bytes);
      return;
    case "alternate":
      return sample(chance, chance.pick(hir.items), bytes);
    case "repeat": {
      const count = hir.min + chance.below(Math.min(hir.max - hir.min, 2) + 1);
      for (let turn = 0; turn < count && bytes.length < 200; turn += 1) sample(chance, hir.item, bytes);
      return;
    }
  }
}
