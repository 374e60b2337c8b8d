/**
 * A place in the text of a pattern, and how the parser moves on from it.
 *
 * Owns white space and comments under the flag `x`, and the form of a refusal. Knows no syntax beyond that.
 *
 * @module
 */
import type { HirConcat, HirLiteral } from "./hir.ts";
import { PatternError } from "./pattern_error.ts";

/** The text and the place in it. */
export interface Cursor {
  /** The text, by code points. */
  readonly chars: readonly string[];
  /** Index of the next one. */
  at: number;
  /** Whether the flag `x` is on: white space and comments mean nothing. */
  spaced: boolean;
  /** Ranges of classes that have been worked on. */
  work: number;
  /** Parts and bytes of groups that have been copied into the sequences around them. */
  copies: number;
  /** Small sets with all that differ in case, by their bounds. */
  readonly folded: Map<string, readonly number[]>;
}

/** The most ranges, and letters to be folded within them, that the classes of a pattern may have together. */
export const MAX_CLASS_WORK = 200_000;

/** A cursor at the beginning. */
export function createCursor(text: string): Cursor {
  return { chars: Array.from(text), at: 0, spaced: false, work: 0, copies: 0, folded: new Map() };
}

/** How deep groups, classes and repetitions may be nested; the crate's own limit. */
export const MAX_DEPTH = 250;

/** The error for a pattern that is nested deeper. */
export function tooDeep(): PatternError {
  return new PatternError(`the pattern is too deeply nested: at most ${MAX_DEPTH} levels are allowed`);
}

/** Counts work on classes, and refuses the pattern when it is too much. */
export function spend(cursor: Cursor, work: number): void {
  cursor.work += work;
  if (cursor.work <= MAX_CLASS_WORK) return;
  throw new PatternError(
    `the pattern is too big: its classes have more than the ${MAX_CLASS_WORK} ranges that are allowed`,
  );
}

/** The most parts and bytes of groups that are copied into the sequences around them; it keeps nested groups linear. */
export const MAX_COPIES = 200_000;

/** Counts the copy of a group into the sequence around it, and refuses the pattern when there are too many. */
export function spendCopies(cursor: Cursor, group: HirConcat | HirLiteral): void {
  if (group.kind === "literal") cursor.copies += group.bytes.length;
  else for (const item of group.items) cursor.copies += item.kind === "literal" ? item.bytes.length : 1;
  if (cursor.copies <= MAX_COPIES) return;
  throw new PatternError(
    `the pattern is too big: its nested groups hold more than the ${MAX_COPIES} parts that are allowed`,
  );
}

/** The next character; empty at the end. */
export function current(cursor: Cursor): string {
  return cursor.chars[cursor.at] ?? "";
}

/** The one after the next, whatever it is; empty at the end. */
export function following(cursor: Cursor): string {
  return cursor.chars[cursor.at + 1] ?? "";
}

/** The one after the next that means something. */
export function followingWord(cursor: Cursor): string {
  if (!cursor.spaced) return following(cursor);
  let comment = false;
  for (let index = cursor.at + 1; index < cursor.chars.length; index += 1) {
    const char = cursor.chars[index] ?? "";
    if (isSpace(char)) continue;
    if (comment || char !== "#") return char;
    comment = true;
  }
  return following(cursor);
}

/** Moves one on, and past what means nothing; whether there is anything left. */
export function advance(cursor: Cursor): boolean {
  cursor.at += 1;
  skipSpace(cursor);
  return cursor.at < cursor.chars.length;
}

/** Moves past white space and comments, where they mean nothing. */
export function skipSpace(cursor: Cursor): void {
  while (cursor.spaced && cursor.at < cursor.chars.length) {
    if (isSpace(current(cursor))) cursor.at += 1;
    else if (current(cursor) === "#") skipComment(cursor);
    else return;
  }
}

function skipComment(cursor: Cursor): void {
  const from = cursor.at;
  while (current(cursor) !== "\n") {
    // The original puts every pattern into a group, whose end such a comment hides.
    if (cursor.at >= cursor.chars.length) throw refusal(cursor, from, "unclosed comment");
    cursor.at += 1;
  }
  cursor.at += 1;
}

/** Moves past `text`, if that is what comes next, character by character. */
export function skipText(cursor: Cursor, text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    if (cursor.chars[cursor.at + index] !== text[index]) return false;
  }
  cursor.at += text.length;
  return true;
}

/** Whether a character is White_Space. */
export function isSpace(char: string): boolean {
  return /^\p{White_Space}$/u.test(char);
}

/**
 * The error for the piece from `from` to the cursor.
 *
 * @param cursor Where the parser stands.
 * @param from Index of the first character that is meant.
 * @param what What is wrong with it.
 */
export function refusal(cursor: Cursor, from: number, what: string): PatternError {
  const piece = cursor.chars.slice(from, Math.max(cursor.at, from + 1)).join("");
  const shown = piece.length > 80 ? `${piece.slice(0, 80).toWellFormed()}…` : piece;
  return new PatternError(`${what}: ${shown === "" ? "at the end" : `"${shown}"`} (character ${from + 1})`);
}
