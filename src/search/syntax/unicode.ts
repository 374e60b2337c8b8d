/**
 * What Unicode says of code points: properties by name, word characters, letter case.
 *
 * Owns the reading of the generated tables, each at its first use. The version is the crate's, since callers were
 * promised its meaning.
 *
 * @module
 */
import { FOLD_RUNS, PROPERTIES, WORD } from "./_unicode_tables.ts";
import { contains, negate, rangesFrom } from "./ranges.ts";

/** The last code point. */
export const LAST_POINT = 0x10ffff;

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** Names of properties that have values, and the table each looks in. */
const VALUED: ReadonlyMap<string, string> = new Map([
  ["age", "age"],
  ["gc", "category"],
  ["generalcategory", "category"],
  ["gcb", "graphemeBreak"],
  ["graphemeclusterbreak", "graphemeBreak"],
  ["sb", "sentenceBreak"],
  ["sentencebreak", "sentenceBreak"],
  ["sc", "script"],
  ["script", "script"],
  ["scx", "scriptExtension"],
  ["scriptextensions", "scriptExtension"],
  ["wb", "wordBreak"],
  ["wordbreak", "wordBreak"],
]);

const tables = new Map<string, ReadonlyMap<string, string>>();
const decoded = new Map<string, readonly number[]>();

/**
 * The code points that have a property, as ranges.
 *
 * @param name A binary property, a general category or a script; or, with a value, a property that has values. Case,
 * blanks, hyphens,
 * underscores and a leading `is` do not count.
 * @param value The property's value.
 * @returns `undefined` where there is no such property.
 */
export function propertyRanges(name: string, value?: string): readonly number[] | undefined {
  const key = looseName(name);
  if (value !== undefined) return valueRanges(VALUED.get(key), looseName(value));
  return ranges("binary", key) ?? valueRanges("category", key) ?? ranges("script", key);
}

function valueRanges(kind: string | undefined, key: string): readonly number[] | undefined {
  switch (kind) {
    case undefined:
      return undefined;
    case "category":
      return specialCategory(key) ?? ranges(kind, key);
    case "scriptExtension":
      return ranges(kind, key) ?? ranges("script", key);
    case "age":
      return agesUpTo(key);
    default:
      return ranges(kind, key);
  }
}

function specialCategory(key: string): readonly number[] | undefined {
  switch (key) {
    case "any":
      return [0, LAST_POINT];
    case "ascii":
      return [0, 0x7f];
    case "assigned":
      return negatePoints(ranges("category", "cn") ?? []);
    default:
      return undefined;
  }
}

/** An age's entry holds what came with it; having an age means having come by then. */
function agesUpTo(key: string): readonly number[] | undefined {
  const all: number[] = [];
  for (const [names, text] of Object.entries(PROPERTIES["age"] ?? {})) {
    for (const bound of decode(text)) all.push(bound);
    if (names.split("/").includes(key)) return rangesFrom(all);
  }
  return undefined;
}

function ranges(kind: string, key: string): readonly number[] | undefined {
  const text = tableOf(kind).get(key);
  return text === undefined ? undefined : decode(text);
}

function tableOf(kind: string): ReadonlyMap<string, string> {
  const known = tables.get(kind);
  if (known !== undefined) return known;
  const table = new Map(
    Object.entries(PROPERTIES[kind] ?? {}).flatMap(([names, text]) =>
      names.split("/").map((name) => [name, text] as const)
    ),
  );
  tables.set(kind, table);
  return table;
}

/** As Unicode's rule UAX44-LM3 has it; `isc` alone keeps its prefix, being another property's name. */
function looseName(name: string): string {
  const plain = (text: string): string => text.replace(/[ _-]|\P{ASCII}/gu, "").toLowerCase();
  if (!/^is/i.test(name)) return plain(name);
  const rest = plain(name.slice(2));
  return rest === "c" ? "isc" : rest;
}

/** What `\w` takes, as ranges. */
export function wordRanges(): readonly number[] {
  return decode(WORD);
}

/** What `\s` takes, as ranges. */
export function spaceRanges(): readonly number[] {
  return ranges("binary", "whitespace") ?? [];
}

/** What `\d` takes, as ranges. */
export function digitRanges(): readonly number[] {
  return ranges("category", "nd") ?? [];
}

function decode(text: string): readonly number[] {
  const known = decoded.get(text);
  if (known !== undefined) return known;
  let last = 0;
  const bounds = numbersOf(text).map((distance) => last += distance);
  decoded.set(text, bounds);
  return bounds;
}

function numbersOf(text: string): number[] {
  const numbers: number[] = [];
  let value = 0;
  let unit = 1;
  for (const digit of text) {
    const bits = DIGITS.indexOf(digit);
    value += (bits & 31) * unit;
    unit *= 32;
    if (bits < 32) {
      numbers.push(value);
      value = 0;
      unit = 1;
    }
  }
  return numbers;
}

/** Code points that fold, ascending, and for each the next of its ring. */
interface FoldTable {
  readonly points: Uint32Array;
  readonly next: Uint32Array;
}

let foldTable: FoldTable | undefined;

/**
 * A set of code points together with all that differ from one of them only in case, by Unicode's simple folding.
 *
 * @param set Ranges in the usual form.
 */
export function foldRanges(set: readonly number[]): readonly number[] {
  const known = folded.get(set);
  if (known !== undefined) return known;
  const { points, next } = foldTable ??= readFoldTable();
  const more: number[] = [];
  for (let index = 0; index < set.length; index += 2) {
    const last = set[index + 1] ?? 0;
    for (let place = placeOf(points, set[index] ?? 0); place < points.length; place += 1) {
      const point = points[place] as number;
      if (point > last) break;
      for (let other = next[place] as number; other !== point; other = next[placeOf(points, other)] as number) {
        if (!contains(set, other)) more.push(other, other);
      }
    }
  }
  const result = more.length === 0 ? set : rangesFrom([...set, ...more]);
  folded.set(set, result);
  return result;
}

/** What has been folded before; most often classes by name. */
const folded = new WeakMap<readonly number[], readonly number[]>();

/**
 * How much there is to fold in a set: its ranges, and the code points in it that have a case.
 *
 * @param set Ranges in the usual form.
 */
export function foldWork(set: readonly number[]): number {
  if (folded.has(set)) return 1;
  const { points } = foldTable ??= readFoldTable();
  let work = set.length / 2;
  for (let index = 0; index < set.length; index += 2) {
    work += placeOf(points, (set[index + 1] ?? 0) + 1) - placeOf(points, set[index] ?? 0);
  }
  return work;
}

/**
 * All code points that are not in a set.
 *
 * @param set Ranges in the usual form.
 */
export function negatePoints(set: readonly number[]): readonly number[] {
  let result = negated.get(set);
  if (result === undefined) negated.set(set, result = negate(set, LAST_POINT));
  return result;
}

/** What has been negated before; most often classes by name. */
const negated = new WeakMap<readonly number[], readonly number[]>();

/** Where a code point stands, or where it would. */
function placeOf(points: Uint32Array, point: number): number {
  let low = 0;
  let high = points.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((points[middle] as number) < point) low = middle + 1;
    else high = middle;
  }
  return low;
}

function readFoldTable(): FoldTable {
  const numbers = numbersOf(FOLD_RUNS).map((value) => value % 2 === 0 ? value / 2 : -(value + 1) / 2);
  const pairs: [number, number][] = [];
  let last = 0;
  for (let index = 0; index < numbers.length; index += 4) {
    const [step = 0, count = 0, stride = 0, distance = 0] = numbers.slice(index, index + 4);
    for (let time = 0; time < count; time += 1) {
      last += time === 0 ? step : stride;
      pairs.push([last, last + distance]);
    }
  }
  pairs.sort((left, right) => left[0] - right[0]);
  return { points: Uint32Array.from(pairs, ([point]) => point), next: Uint32Array.from(pairs, ([, next]) => next) };
}
