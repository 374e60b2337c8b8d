/**
 * A pattern as instructions over bytes.
 *
 * Owns the shape of a program, which both walks read. The order of choices is kept in it, so that the same program
 * tells whether there is a match and which is preferred.
 *
 * @module
 */
import type { Look } from "../syntax/hir.ts";
import type { NodeTable } from "./_utf8_nodes.ts";

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

/** Returns the bytes of a program's arrays. */
export function programBytes({ ops, x, y, nodes }: Program): number {
  return ops.byteLength + x.byteLength + y.byteLength + nodes.edges.byteLength + nodes.starts.byteLength;
}
