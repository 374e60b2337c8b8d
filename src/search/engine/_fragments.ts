/**
 * Pieces of a program, and how they are put together.
 *
 * Owns the instructions that each shape of the tree becomes, in an order of choices that is the crate's, and the limit
 * on the classes' edges.
 *
 * @module
 */
import { LOOKS, OP } from "./_program.ts";
import { byteNode, NO_NODE, type NodePool, pointNode } from "./_utf8_nodes.ts";
import { type Hir, minBytes } from "../syntax/hir.ts";
import { PatternError } from "../syntax/pattern_error.ts";

/** The most edges between the nodes of a program's classes together; one of all letters takes a thousand. */
export const MAX_EDGES = 25_000;

/** A piece of a program under construction: where it begins, and the instruction whose `x` is what comes after it. */
export interface Fragment {
  /** Its first instruction. */
  readonly start: number;
  /** The instruction to be patched. */
  readonly end: number;
}

/** A program under construction. */
export interface Builder {
  /** What each instruction does. */
  readonly ops: number[];
  /** Where it goes on. */
  readonly x: number[];
  /** Its other operand. */
  readonly y: number[];
  /** Nodes of all classes. */
  readonly nodes: NodePool;
  /** Which places occur. */
  readonly looks: Set<number>;
  /** Roots of classes already built, by their ranges: the same array, or an equal one. */
  readonly roots: Map<readonly number[] | string, number>;
}

/** The instructions of a pattern or part. */
export function build(builder: Builder, hir: Hir): Fragment {
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

/**
 * `x{2,4}` is `xx(x(x)?)?`, `x{2,}` is `xx+`; a star of what may be empty is `(x+)?`, or the order of preference would
 * go wrong.
 */
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
  for (let time = 0; time < count; time += 1) {
    const split = emit(builder, OP.split, -1);
    const body = build(builder, item);
    choose(builder, split, greedy ? [body.start, exit] : [exit, body.start]);
    if (time === 0) start = split;
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

/** Adds an instruction that goes on nowhere yet. Its index. */
export function emit(builder: Builder, op: number, y: number): number {
  builder.x.push(-1);
  builder.y.push(y);
  return builder.ops.push(op) - 1;
}

function single(instruction: number): Fragment {
  return { start: instruction, end: instruction };
}

/** Lets an instruction go on somewhere. */
export function patch(builder: Builder, instruction: number, target: number): void {
  builder.x[instruction] = target;
}
