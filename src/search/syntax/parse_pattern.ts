/**
 * From the text of a pattern to what it means.
 *
 * Owns the syntax of Rust's regex crate: groups, flags, repetition, places, literals (classes and escapes have files of
 * their own), and what a pattern on single messages may not ask for. Does not judge how much work a pattern is; only
 * how long and how deep it may be.
 *
 * @module
 */
import {
  advance,
  createCursor,
  current,
  type Cursor,
  isSpace,
  MAX_DEPTH,
  refusal,
  skipSpace,
  skipText,
  spendCopies,
  tooDeep,
} from "./_cursor.ts";
import { type AtomState, characterOf, classOf, escapeOf } from "./_parse_atom.ts";
import { parseClass } from "./_parse_class.ts";
import { parseEscape } from "./_parse_escape.ts";
import { changedFlags, DEFAULT_FLAGS, type FlagChange, type Flags, parseFlags } from "./_parse_flags.ts";
import { alternate, concat, EMPTY, type Hir, repeat } from "./hir.ts";
import { MAX_PATTERN_LENGTH, patternTooLong } from "./pattern_error.ts";

const MAX_COUNT = 0xffff_ffff;

/** The parser's state: all that lives longer than one piece of syntax. */
interface State extends AtomState {
  flags: Flags;
  captures: number;
  readonly names: Set<string>;
  /** How many groups are open. */
  open: number;
}

/** A piece of a sequence. Flags are one too, since nothing that repeats may follow them. */
interface Part {
  readonly hir: Hir;
  readonly depth: number;
  readonly repeatable: boolean;
}

/**
 * Parses a pattern.
 *
 * @param text The pattern; blanks have their usual meaning here.
 * @throws {PatternError} If it is not one, asks for what is not supported, or is too long or too deep.
 */
export function parsePattern(text: string): Hir {
  if (text.length > MAX_PATTERN_LENGTH) throw patternTooLong(text.length);
  const cursor = createCursor(text.toWellFormed());
  const state: State = {
    cursor,
    flags: DEFAULT_FLAGS,
    captures: 0,
    names: new Set(),
    open: 0,
    classes: new Map(),
    characters: new Map(),
    escapes: new Map(),
  };
  const { hir } = parseBranches(state);
  if (current(cursor) === ")") throw refusal(cursor, cursor.at, "unopened group");
  return hir;
}

/** Reads alternatives up to the end or a closing parenthesis, where the cursor then stands. */
function parseBranches(state: State): Part {
  const { cursor } = state;
  const branches: Part[] = [];
  let parts: Part[] = [];
  for (;;) {
    skipSpace(cursor);
    const char = current(cursor);
    if (char === "" || char === ")") break;
    if (char === "|") {
      branches.push(sequence(state, parts));
      parts = [];
      cursor.at += 1;
    } else if (char === "*" || char === "+" || char === "?") {
      parts.push(parseRepeat(state, parts.pop(), char));
    } else if (char === "{") {
      parts.push(parseCount(state, parts.pop()));
    } else {
      parts.push(parsePart(state, char));
    }
  }
  branches.push(sequence(state, parts));
  return nested({ hir: alternate(branches.map(({ hir }) => hir)), depth: depthOf(branches), repeatable: true });
}

function sequence({ cursor }: State, parts: readonly Part[]): Part {
  // Each group that is only a sequence is copied into the one around it, at most 250 times.
  for (const { hir } of parts) if (hir.kind === "concat" || hir.kind === "literal") spendCopies(cursor, hir);
  return nested({ hir: concat(parts.map(({ hir }) => hir)), depth: depthOf(parts), repeatable: true });
}

/** Several parts are one level above the deepest of them, a single one is itself. */
function depthOf(parts: readonly Part[]): number {
  return parts.reduce((depth, part) => Math.max(depth, part.depth), 0) + (parts.length > 1 ? 1 : 0);
}

/** The same part, if it is not too deep. */
function nested(part: Part): Part {
  if (part.depth > MAX_DEPTH) throw tooDeep();
  return part;
}

function parsePart(state: State, char: string): Part {
  const { cursor, flags } = state;
  switch (char) {
    case "(":
      return parseGroup(state);
    case "[": {
      const from = cursor.at;
      const { ranges, depth } = parseClass({ cursor, flags, depthLimit: MAX_DEPTH });
      return nested({ hir: classOf(state, ranges, from), depth, repeatable: true });
    }
    case "\\": {
      const from = cursor.at;
      return { hir: escapeOf(state, parseEscape(cursor, flags), from), depth: 0, repeatable: true };
    }
    default:
      cursor.at += 1;
      return { hir: characterOf(state, char), depth: 0, repeatable: true };
  }
}

function parseRepeat(state: State, part: Part | undefined, operator: string): Part {
  const { cursor } = state;
  const repeated = demandRepeatable(cursor, part);
  cursor.at += 1;
  return repeatPart(state, repeated, { min: operator === "+" ? 1 : 0, max: operator === "?" ? 1 : Infinity });
}

/** `{n}`, `{n,}` or `{n,m}`; the cursor stands on the brace. */
function parseCount(state: State, part: Part | undefined): Part {
  const { cursor } = state;
  const from = cursor.at;
  const repeated = demandRepeatable(cursor, part);
  advance(cursor);
  const min = parseDecimal(cursor);
  let max = min;
  if (current(cursor) === ",") {
    advance(cursor);
    max = current(cursor) === "}" ? Infinity : parseDecimal(cursor);
  }
  if (current(cursor) === "") throw refusal(cursor, from, "unclosed counted repetition");
  if (min === undefined || max === undefined) {
    throw refusal(cursor, from, "repetition quantifier expects a valid decimal");
  }
  if (current(cursor) !== "}") throw refusal(cursor, from, "unclosed counted repetition");
  if (min > max) throw refusal(cursor, from, "invalid repetition count range, the start must be <= the end");
  advance(cursor);
  return repeatPart(state, repeated, { min, max });
}

function demandRepeatable(cursor: Cursor, part: Part | undefined): Part {
  if (part?.repeatable === true) return part;
  throw refusal(cursor, cursor.at, "repetition operator missing expression");
}

/** After the operator: a question mark turns the order of preference round. */
function repeatPart(state: State, part: Part, counts: { min: number; max: number }): Part {
  const lazy = skipText(state.cursor, "?");
  const hir = repeat(part.hir, { ...counts, greedy: lazy === state.flags.swapGreed });
  return nested({ hir, depth: part.depth + 1, repeatable: true });
}

function parseDecimal(cursor: Cursor): number | undefined {
  while (isSpace(current(cursor))) cursor.at += 1;
  let digits = "";
  for (; /^[0-9]$/.test(current(cursor)); advance(cursor)) digits += current(cursor);
  while (isSpace(current(cursor))) advance(cursor);
  const value = Number(digits);
  return digits === "" || value > MAX_COUNT ? undefined : value;
}

/** A group, or flags for the rest of the one around; the cursor stands on the parenthesis. */
function parseGroup(state: State): Part {
  const { cursor, flags } = state;
  const { spaced } = cursor;
  const from = cursor.at;
  advance(cursor);
  if (["?=", "?!", "?<=", "?<!"].some((prefix) => skipText(cursor, prefix))) {
    throw refusal(cursor, from, "look-around, including look-ahead and look-behind, is not supported");
  }
  let capture: { index: number; name: string | undefined } | undefined;
  if (skipText(cursor, "?P<") || skipText(cursor, "?<")) {
    capture = { index: state.captures += 1, name: parseName(state) };
  } else if (skipText(cursor, "?")) {
    if (current(cursor) === "") throw refusal(cursor, from, "unclosed group");
    const change = parseFlags(cursor);
    const alone = current(cursor) === ")";
    cursor.at += 1;
    if (alone && Object.keys(change).length === 0) {
      throw refusal(cursor, from, "repetition operator missing expression");
    }
    applyFlags(state, change);
    if (alone) return { hir: EMPTY, depth: 0, repeatable: false };
  } else {
    capture = { index: state.captures += 1, name: undefined };
  }
  state.open += 1;
  if (state.open > MAX_DEPTH) throw tooDeep();
  const body = parseBranches(state);
  state.open -= 1;
  if (current(cursor) === "") throw refusal({ ...cursor, at: from + 1 }, from, "unclosed group");
  cursor.at += 1;
  state.flags = flags;
  cursor.spaced = spaced;
  const hir: Hir = capture === undefined ? body.hir : { kind: "capture", ...capture, item: body.hir };
  return nested({ hir, depth: body.depth + 1, repeatable: true });
}

function applyFlags(state: State, { spaced, ...change }: FlagChange): void {
  state.flags = changedFlags(state.flags, change);
  state.cursor.spaced = spaced ?? state.cursor.spaced;
}

/** A group's name, and the bracket after it. */
function parseName({ cursor, names }: State): string {
  const from = cursor.at;
  let name = "";
  for (; current(cursor) !== ">"; cursor.at += 1) {
    const char = current(cursor);
    if (char === "") throw refusal(cursor, from, "unclosed capture group name");
    if (!(name === "" ? /[_\p{Alphabetic}]/u : /[_.[\]\p{Alphabetic}\p{N}]/u).test(char)) {
      throw refusal({ ...cursor, at: cursor.at + 1 }, from, "invalid capture group character");
    }
    name += char;
  }
  cursor.at += 1;
  if (name === "") throw refusal(cursor, from, "empty capture group name");
  if (names.has(name)) throw refusal(cursor, from, "duplicate capture group name");
  names.add(name);
  return name;
}
