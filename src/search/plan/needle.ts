/**
 * Needles: literals in either case, and what follows them of classes, as units that the kernel compares one by one.
 *
 * @module
 */
import { charactersOf } from "./_characters.ts";
import type { HirClass } from "../syntax/hir.ts";

/** One byte: it is there when `byte | fold` is `value`. */
export interface PlainByte {
  /** What it is, with the bits of `fold`. */
  readonly value: number;
  /** Bits that may be set or not. */
  readonly fold: number;
}

/** One character of a class: of ASCII one of these, or any that is not ASCII. Stands only behind all else. */
export interface ClassUnit {
  /** 1 at the index of each ASCII character that it takes. */
  readonly characters: Uint8Array;
}

/** One byte; k or s in any of their caseless forms, of which one is not ASCII (U+212A, U+017F); or one of a class. */
export type Unit = PlainByte | "k" | "s" | ClassUnit;

/** A text in which each letter may stand in more than one form, and characters of classes behind it. */
export type Needle = readonly Unit[];

/** The most units of a needle: more would not make it rarer. */
export const MAX_UNITS = 48;
/** The most code points of a class that are taken as so many texts. */
const MAX_POINTS = 4;
/** A class with more characters of ASCII is hardly ever missing behind a text. */
const MAX_CHARACTERS = 64;
const encoder = new TextEncoder();

/** Exactly these bytes. */
export function literalNeedle(bytes: readonly number[]): Needle {
  return bytes.map((value) => ({ value, fold: 0 }));
}

/** The texts of a small class – one, where its characters differ as upper and lower case do – or `undefined`. */
export function classNeedles(hir: HirClass): readonly Needle[] | undefined {
  const points: number[] = [];
  for (let range = 0; range < hir.ranges.length; range += 2) {
    const first = hir.ranges[range] ?? 0;
    const last = hir.ranges[range + 1] ?? 0;
    if (points.length + last - first >= MAX_POINTS) return undefined;
    for (let point = first; point <= last; point++) points.push(point);
  }
  const letters = points.map((point) => String.fromCodePoint(point)).join("");
  if (hir.unit === "point" && letters === "Kk\u212a") return [["k"]];
  if (hir.unit === "point" && letters === "Ss\u017f") return [["s"]];
  const texts = points.map((point) => hir.unit === "byte" ? [point] : [...encoder.encode(String.fromCodePoint(point))]);
  const folded = texts.length === 2 ? foldedNeedle(texts[0] ?? [], texts[1] ?? []) : undefined;
  return folded === undefined ? texts.map(literalNeedle) : [folded];
}

/** One needle for two texts, when each pair of their bytes is equal or differs in one bit. */
function foldedNeedle(a: readonly number[], b: readonly number[]): Needle | undefined {
  if (a.length !== b.length) return undefined;
  const units = a.map((byte, at) => {
    const other = b[at] ?? 0;
    return { value: byte | other, fold: byte ^ other };
  });
  const folds = units.filter(({ fold }) => fold !== 0);
  // More than one place that differs would also take mixtures of the two.
  return folds.length <= 1 && folds.every(({ fold }) => (fold & (fold - 1)) === 0 && fold < 0xfe) ? units : undefined;
}

/** A character of a larger class, as far as it is worth to be looked at. */
export function classUnit(hir: HirClass): ClassUnit | undefined {
  const characters = charactersOf(hir);
  return characters.reduce((sum, taken) => sum + taken, 0) > MAX_CHARACTERS ? undefined : { characters };
}

/** Whether a unit is one byte of a text. */
export function isPlainByte(unit: Unit): unit is PlainByte {
  return typeof unit !== "string" && "fold" in unit;
}

/** Whether a unit is one of a class. */
export function isClassUnit(unit: Unit): unit is ClassUnit {
  return typeof unit !== "string" && "characters" in unit;
}

/** Whether a unit takes an ASCII character that is no letter. */
export function takesByte(unit: Unit, byte: number): boolean {
  return isPlainByte(unit) && (byte | unit.fold) === unit.value;
}
