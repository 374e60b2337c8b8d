/**
 * A pattern as instructions over bytes.
 *
 * Owns the translation from the tree, and the limits on how much a pattern may ask for, which hold before anything is built. The order of choices is
 * kept, so that the same program tells whether there is a match and which is preferred.
 *
 * @module
 */
import { type Hir, isZeroWidth, type Look, minBytes } from "./hir.ts";
import { PatternError } from "./pattern_error.ts";
import {
  byteNode,
  createNodePool,
  NO_NODE,
  type NodePool,
  type NodeTable,
  nodeTable,
  pointNode,
} from "./_utf8_nodes.ts";

/** The most instructions of a program. */
export const MAX_INSTRUCTIONS = 20_000;

/** The most edges between the nodes of a program's classes together; one of all letters takes a thousand. */
export const MAX_EDGES = 25_000;

/** What an instruction does. */
export const OP = {
  /** There is a match. */
  match: 0,
  /** Goes on at `x`; if that leads nowhere, at `y`. */
  split: 1,
  /** Goes on at `x`. */
  jump: 2,
  /** Goes on at `x` if the place is one of kind `y`, an index into `LOOKS`. */
  look: 3,
  /** Takes what node `y` and those after it take, then goes on at `x`. */
  take: 4,
} as const;

/** The places, by the number that stands for each in a program. */
export const LOOKS: readonly Look[] = [
  "start",
  "end",
  "startLF",
  "endLF",
  "startCRLF",
  "endCRLF",
  "wordAscii",
  "wordAsciiNegate",
  "wordStartAscii",
  "wordEndAscii",
  "wordStartHalfAscii",
  "wordEndHalfAscii",
  "wordUnicode",
  "wordUnicodeNegate",
  "wordStartUnicode",
  "wordEndUnicode",
  "wordStartHalfUnicode",
  "wordEndHalfUnicode",
];

/** Instructions as columns, and the nodes they refer to. */
export interface Program {
  /** What each instruction does. */
  readonly ops: Uint8Array;
  /** Where it goes on. */
  readonly x: Int32Array;
  /** Its other operand. */
  readonly y: Int32Array;
  /** The first instruction. */
  readonly start: number;
  /** Nodes of all classes. */
  readonly nodes: NodeTable;
  /** Whether every match begins where the message does. */
  readonly anchored: boolean;
  /** Which of `LOOKS` occur. */
  readonly looks: ReadonlySet<number>;
}

/** A piece of a program under construction: where it begins, and the instruction whose `x` is what comes after it. */
interface Fragment {
  readonly start: number;
  readonly end: number;
}

interface Builder {
  readonly ops: number[];
  readonly x: number[];
  readonly y: number[];
  readonly nodes: NodePool;
  readonly looks: Set<number>;
  /** Roots of classes already built, by their ranges: the same array, or an equal one. */
  readonly roots: Map<readonly number[] | string, number>;
}

/**
 * Translates a pattern.
 *
 * @param hir What it means.
 * @throws {PatternError} If it asks for more than the limits allow.
 */
export function compileProgram(hir: Hir): Program {
  const size = sizeOf(hir);
  if (size > MAX_INSTRUCTIONS) {
    throw new PatternError(
      `the pattern is too big: it takes ${size} instructions, at most ${MAX_INSTRUCTIONS} are allowed`,
    );
  }
  const builder: Builder = { ops: [], x: [], y: [], nodes: createNodePool(), looks: new Set(), roots: new Map() };
  const { start, end } = build(builder, hir);
  patch(builder, end, emit(builder, OP.match, -1));
  return {
    ops: Uint8Array.from(builder.ops),
    x: Int32Array.from(builder.x),
    y: Int32Array.from(builder.y),
    start,
    nodes: nodeTable(builder.nodes),
    anchored: isAnchored(hir),
    looks: builder.looks,
  };
}

/** An upper bound of the instructions, by arithmetic alone. */
function sizeOf(hir: Hir): number {
  switch (hir.kind) {
    case "empty":
    case "look":
    case "class":
      return 1;
    case "literal":
      return hir.bytes.length;
    case "capture":
      return sizeOf(hir.item);
    case "concat":
      return hir.items.reduce((sum, item) => sum + sizeOf(item), 0);
    case "alternate":
      return hir.items.reduce((sum, item) => sum + 1 + sizeOf(item), 1);
    case "repeat": {
      const item = sizeOf(hir.item);
      if (hir.max === Infinity) return Math.max(hir.min, 1) * item + 3;
      return hir.min * item + (hir.max === hir.min ? 0 : (hir.max - hir.min) * (item + 1) + 2);
    }
  }
}

function build(builder: Builder, hir: Hir): Fragment {
  switch (hir.kind) {
    case "empty":
      return single(emit(builder, OP.jump, -1));
    case "look": {
      const look = LOOKS.indexOf(hir.look);
      builder.looks.add(look);
      return single(emit(builder, OP.look, look));
    }
    case "literal":
      return chain(builder, hir.bytes.map((byte) => () => take(builder, byteNode(builder.nodes, [byte, byte]))));
    case "class":
      return take(builder, rootOf(builder, hir));
    case "capture":
      return build(builder, hir.item);
    case "concat":
      return chain(builder, hir.items.map((item) => () => build(builder, item)));
    case "alternate":
      return buildAlternate(builder, hir.items);
    case "repeat":
      return buildRepeat(builder, hir);
  }
}

function take(builder: Builder, node: number): Fragment {
  return single(emit(builder, OP.take, node));
}

function rootOf({ nodes, roots }: Builder, { unit, ranges }: Hir & { kind: "class" }): number {
  const known = roots.get(ranges);
  if (known !== undefined) return known;
  const key = unit + ranges.join();
  const root = roots.get(key) ?? (unit === "byte" ? byteNode(nodes, ranges) : pointNode(nodes, ranges, NO_NODE));
  roots.set(ranges, root);
  roots.set(key, root);
  if (nodes.edges > MAX_EDGES) {
    throw new PatternError(
      `the pattern is too big: its classes take more than the ${MAX_EDGES} edges that are allowed`,
    );
  }
  return root;
}

function chain(builder: Builder, parts: readonly (() => Fragment)[]): Fragment {
  let whole: Fragment | undefined;
  for (const part of parts) {
    const next = part();
    if (whole !== undefined) patch(builder, whole.end, next.start);
    whole = { start: whole?.start ?? next.start, end: next.end };
  }
  return whole ?? single(emit(builder, OP.jump, -1));
}

function buildAlternate(builder: Builder, items: readonly Hir[]): Fragment {
  const join = emit(builder, OP.jump, -1);
  let start = -1;
  let last = -1;
  for (const [index, item] of items.entries()) {
    const branch = build(builder, item);
    patch(builder, branch.end, join);
    const entry = index === items.length - 1 ? branch.start : emit(builder, OP.split, -1);
    if (entry !== branch.start) builder.x[entry] = branch.start;
    if (last < 0) start = entry;
    else builder.y[last] = entry;
    last = entry;
  }
  return { start, end: join };
}

/** `x{2,4}` is `xx(x(x)?)?`, `x{2,}` is `xx+`; a star of what may be empty is `(x+)?`, or the order of preference would go wrong. */
function buildRepeat(builder: Builder, { min, max, greedy, item }: Hir & { kind: "repeat" }): Fragment {
  const copies = Array.from(
    { length: max === Infinity ? Math.max(min - 1, 0) : min },
    () => () => build(builder, item),
  );
  if (max === Infinity) {
    const loop = min === 0 && minBytes(item) > 0 ? star : min === 0 ? starOfEmpty : plus;
    return chain(builder, [...copies, () => loop(builder, { greedy, item })]);
  }
  if (max === min) return chain(builder, copies);
  return chain(builder, [...copies, () => optional(builder, { greedy, item, count: max - min })]);
}

interface Loop {
  readonly greedy: boolean;
  readonly item: Hir;
}

function star(builder: Builder, { greedy, item }: Loop): Fragment {
  const exit = emit(builder, OP.jump, -1);
  const split = emit(builder, OP.split, -1);
  const body = build(builder, item);
  patch(builder, body.end, split);
  choose(builder, split, greedy ? [body.start, exit] : [exit, body.start]);
  return { start: split, end: exit };
}

function plus(builder: Builder, { greedy, item }: Loop): Fragment {
  const exit = emit(builder, OP.jump, -1);
  const body = build(builder, item);
  const split = emit(builder, OP.split, -1);
  patch(builder, body.end, split);
  choose(builder, split, greedy ? [body.start, exit] : [exit, body.start]);
  return { start: body.start, end: exit };
}

function starOfEmpty(builder: Builder, loop: Loop): Fragment {
  const body = plus(builder, loop);
  const split = emit(builder, OP.split, -1);
  choose(builder, split, loop.greedy ? [body.start, body.end] : [body.end, body.start]);
  return { start: split, end: body.end };
}

function optional(builder: Builder, { greedy, item, count }: Loop & { count: number }): Fragment {
  const exit = emit(builder, OP.jump, -1);
  let start = -1;
  let end = -1;
  for (let turn = 0; turn < count; turn += 1) {
    const split = emit(builder, OP.split, -1);
    const body = build(builder, item);
    choose(builder, split, greedy ? [body.start, exit] : [exit, body.start]);
    if (turn === 0) start = split;
    else patch(builder, end, split);
    end = body.end;
  }
  patch(builder, end, exit);
  return { start, end: exit };
}

function choose(builder: Builder, split: number, [x, y]: readonly [number, number]): void {
  builder.x[split] = x;
  builder.y[split] = y;
}

function emit(builder: Builder, op: number, y: number): number {
  builder.x.push(-1);
  builder.y.push(y);
  return builder.ops.push(op) - 1;
}

function single(instruction: number): Fragment {
  return { start: instruction, end: instruction };
}

function patch(builder: Builder, instruction: number, target: number): void {
  builder.x[instruction] = target;
}

function isAnchored(hir: Hir): boolean {
  switch (hir.kind) {
    case "look":
      return hir.look === "start";
    case "capture":
      return isAnchored(hir.item);
    case "repeat":
      return hir.min > 0 && isAnchored(hir.item);
    case "alternate":
      return hir.items.every(isAnchored);
    case "concat": {
      const first = hir.items.find((item) => !isZeroWidth(item) || isAnchored(item));
      return first !== undefined && isAnchored(first);
    }
    default:
      return false;
  }
}
