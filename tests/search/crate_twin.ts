/**
 * Rust's regex crate as WebAssembly, whose answers this engine must give.
 *
 * The only import of it. For tests and generators: the agent never loads it.
 *
 * @module
 */
import { type Hir as CrateTree, RRegex } from "rregex";
import type { Hir, Look } from "../../src/search/syntax/hir.ts";

/** A pattern as the crate compiles it. */
export interface CratePattern extends Disposable {
  /** Whether the text holds a match. */
  isMatch(text: string): boolean;
  /** The leftmost match, preferred as the crate prefers, as offsets in the text's UTF-8. */
  find(text: string): { readonly start: number; readonly end: number } | undefined;
  /** Gives back the crate's memory, which is not garbage collected. */
  [Symbol.dispose](): void;
}

/** Compiles a pattern, or `undefined` where the crate refuses it. */
export function compileCrate(pattern: string): CratePattern | undefined {
  let compiled: RRegex;
  try {
    compiled = new RRegex(pattern);
  } catch {
    return undefined;
  }
  return {
    isMatch: (text) => compiled.isMatch(text),
    find: (text) => compiled.find(text),
    [Symbol.dispose]: () => compiled.free(),
  };
}

/** What the crate takes a pattern to mean, in this room's terms, or `undefined` where the crate refuses it. */
export function crateHir(pattern: string): Hir | undefined {
  let compiled: RRegex;
  try {
    compiled = new RRegex(pattern);
  } catch {
    return undefined;
  }
  try {
    return fromCrate(compiled.syntax());
  } finally {
    compiled.free();
  }
}

/** The code points that a pattern of one class takes, or `undefined` where the crate refuses it. */
export function crateClass(pattern: string): readonly number[] | undefined {
  const hir = crateHir(pattern);
  if (hir?.kind !== "literal") return hir?.kind === "class" ? hir.ranges : undefined;
  const point = pointOf(new TextDecoder().decode(Uint8Array.from(hir.bytes)));
  return [point, point];
}

function fromCrate({ kind }: CrateTree): Hir {
  switch (kind["@variant"]) {
    case "Empty":
      return { kind: "empty" };
    case "Literal":
      return { kind: "literal", bytes: Object.values(kind["@values"][0]["@values"][0]) };
    case "Class": {
      const [set] = kind["@values"];
      const ranges = set["@values"][0].ranges.flatMap(({ start, end }) => [pointOf(start), pointOf(end)]);
      return { kind: "class", unit: set["@variant"] === "Unicode" ? "point" : "byte", ranges };
    }
    case "Look":
      return { kind: "look", look: lookOf(kind["@values"][0]["@variant"]) };
    case "Repetition": {
      const { min, max, greedy, sub } = kind["@values"][0];
      return { kind: "repeat", min, max: max ?? Infinity, greedy, item: fromCrate(sub) };
    }
    case "Capture": {
      const { index, name, sub } = kind["@values"][0];
      return { kind: "capture", index, name: name?.toString(), item: fromCrate(sub) };
    }
    case "Concat":
      return { kind: "concat", items: kind["@values"][0].map(fromCrate) };
    case "Alternation":
      return { kind: "alternate", items: kind["@values"][0].map(fromCrate) };
  }
}

function lookOf(variant: string): Look {
  return variant.charAt(0).toLowerCase() + variant.slice(1) as Look;
}

function pointOf(bound: string | number): number {
  return typeof bound === "number" ? bound : bound.codePointAt(0) ?? 0;
}
