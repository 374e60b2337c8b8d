/**
 * What single characters, escapes and classes mean.
 *
 * Owns the step from a piece of syntax to a leaf of the tree: letter case, bytes or code points, and that no pattern
 * asks for a line feed alone. A class may take one: in a message of Docker's logs there may be some.
 *
 * @module
 */
import { type Cursor, refusal, spend } from "./_cursor.ts";
import { fold } from "./_parse_class.ts";
import type { Primitive } from "./_parse_escape.ts";
import type { Flags } from "./_parse_flags.ts";
import { subtract } from "./ranges.ts";
import type { Hir } from "./hir.ts";
import { LAST_POINT } from "./unicode.ts";

const LINE_FEED = 10;

/** What leaves depend on, and those already made. */
export interface AtomState {
  /** Where the parser stands. */
  readonly cursor: Cursor;
  /** What is on there. */
  readonly flags: Flags;
  /** Classes by the set they were made of: one by name is the same each time. */
  readonly classes: Map<readonly number[], Hir>;
  /** What characters alone mean, by the flags that are on. */
  readonly characters: Map<Flags, Map<string, Hir>>;
  /**
   * What escaped characters mean, by the flags that are on: by twice their code point, and one more where it was
   * written as a byte.
   */
  readonly escapes: Map<Flags, Map<number, Hir>>;
}

/** What a character that stands alone means. Most patterns are made of few, so each is worked out once. */
export function characterOf(state: AtomState, char: string): Hir {
  const { characters, flags, cursor } = state;
  const known = characters.get(flags)?.get(char);
  if (known !== undefined) return known;
  const hir = primitiveOf(state, primitiveFor(char, flags), cursor.at - 1);
  characters.set(flags, (characters.get(flags) ?? new Map<string, Hir>()).set(char, hir));
  return hir;
}

/** What an escape means, which began at `from`. */
export function escapeOf(state: AtomState, escape: Primitive, from: number): Hir {
  if (escape.kind !== "char") return primitiveOf(state, escape, from);
  const { escapes, flags } = state;
  const key = 2 * escape.point + Number(escape.byte);
  const known = escapes.get(flags)?.get(key);
  if (known !== undefined) return known;
  const hir = primitiveOf(state, escape, from);
  escapes.set(flags, (escapes.get(flags) ?? new Map<number, Hir>()).set(key, hir));
  return hir;
}

function primitiveFor(char: string, { unicode, multiLine, crlf, dotAll }: Flags): Primitive {
  switch (char) {
    case "^":
      return { kind: "look", look: !multiLine ? "start" : crlf ? "startCRLF" : "startLF" };
    case "$":
      return { kind: "look", look: !multiLine ? "end" : crlf ? "endCRLF" : "endLF" };
    case ".": {
      const all = [0, unicode ? LAST_POINT : 0xff];
      return { kind: "set", ranges: dotAll ? all : subtract(all, crlf ? [10, 10, 13, 13] : [10, 10]) };
    }
    default:
      return { kind: "char", point: char.codePointAt(0) ?? 0, byte: false };
  }
}

/** What a piece of syntax means, which began at `from`. */
function primitiveOf(state: AtomState, primitive: Primitive, from: number): Hir {
  const { flags } = state;
  if (primitive.kind === "look") return primitive;
  if (primitive.kind === "set") return classOf(state, primitive.ranges, from);
  const { point } = primitive;
  const folded = flags.unicode || point < 0x80 ? fold([point, point], state) : [point, point];
  if (folded.at(-1) !== folded[0]) return classOf(state, folded, from);
  return literalOf(state, !flags.unicode && primitive.byte ? [point] : utf8(point), from);
}

/** A class. One member alone is a literal. */
export function classOf(state: AtomState, ranges: readonly number[], from: number): Hir {
  const { unicode } = state.flags;
  const [first = 0, last] = ranges;
  if (ranges.length === 2 && first === last) return literalOf(state, unicode ? utf8(first) : [first], from);
  let hir = state.classes.get(ranges);
  if (hir === undefined) {
    spend(state.cursor, ranges.length / 2);
    hir = { kind: "class", unit: unicode ? "point" : "byte", ranges };
    state.classes.set(ranges, hir);
  }
  return hir;
}

function literalOf({ cursor }: AtomState, bytes: readonly number[], from: number): Hir {
  if (bytes[0] === LINE_FEED) {
    throw refusal(cursor, from, `the literal "\\n" is not allowed, since a message is one line`);
  }
  return { kind: "literal", bytes };
}

function utf8(point: number): number[] {
  return [...new TextEncoder().encode(String.fromCodePoint(point))];
}
