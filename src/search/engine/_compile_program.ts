/**
 * From what a pattern means to its program.
 *
 * Owns the translation, and the limits on how much a pattern may ask for; the one on instructions holds before anything
 * is built.
 *
 * @module
 */
import { build, type Builder, emit, patch } from "./_fragments.ts";
import { OP, type Program } from "./_program.ts";
import { createNodePool, nodeTable } from "./_utf8_nodes.ts";
import { type Hir, isZeroWidth } from "../syntax/hir.ts";
import { PatternError } from "../syntax/pattern_error.ts";

/** The most instructions of a program. */
export const MAX_INSTRUCTIONS = 20_000;

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
