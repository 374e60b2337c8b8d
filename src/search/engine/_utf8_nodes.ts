/**
 * Sets of code points as automata over the bytes of their UTF-8.
 *
 * Owns a pool of nodes that all classes of one pattern share: what is the same is there once, so that `\w` takes some
 * 300 nodes however often it stands in a pattern. A node reads one byte. Nothing but well-formed UTF-8 is ever taken.
 *
 * @module
 */
import { LAST_POINT } from "../syntax/unicode.ts";

/** Instead of a node: the character is complete, and in the set. */
export const TAKEN: number = -1;

/** Instead of a node: the character is complete, and not in the set. Only in automata that tell the two apart. */
export const PASSED: number = -2;

/** Instead of a node: the byte cannot stand here. */
export const NO_NODE: number = -3;

/** Nodes under construction. A node is `[first byte, last byte, what comes next, …]`, ascending. */
export interface NodePool {
  /** The edges of each node. */
  readonly nodes: (readonly number[])[];
  /** Where a node with given edges is. */
  readonly known: Map<string, number>;
  /** How many edges all have together. */
  edges: number;
  /** Nodes that take any character's rest, by the bits it stands for and what they lead to. */
  readonly uniform: Map<number, number>;
}

/** A pool with nothing in it. */
export function createNodePool(): NodePool {
  return { nodes: [], known: new Map(), edges: 0, uniform: new Map() };
}

/** The node with these edges. */
export function nodeOf(pool: NodePool, edges: readonly number[]): number {
  const key = edges.join();
  const known = pool.known.get(key);
  if (known !== undefined) return known;
  pool.known.set(key, pool.nodes.length);
  pool.edges += edges.length / 3;
  return pool.nodes.push(edges) - 1;
}

/** The root of the automaton for a set of bytes. */
export function byteNode(pool: NodePool, ranges: readonly number[]): number {
  const edges: number[] = [];
  for (let index = 0; index < ranges.length; index += 2) edges.push(ranges[index] ?? 0, ranges[index + 1] ?? 0, TAKEN);
  return nodeOf(pool, edges);
}

/**
 * The root of the automaton for a set of code points.
 *
 * @param pool Where its nodes go.
 * @param ranges The set.
 * @param other What other code points lead to: `PASSED`, or `NO_NODE` where only the set is asked for.
 */
export function pointNode(pool: NodePool, ranges: readonly number[], other: number): number {
  const build: Build = { pool, ranges, other, at: 0 };
  const edges = lastBytes(build, { first: 0, count: 0x80, byte: 0 });
  // A first byte of two, three or four stands for 64, 4096 or 262144 code points; those with a shorter form are not
  // taken in the longer one.
  for (let lead = 0xc2; lead <= 0xf4; lead += 1) {
    const bits = lead < 0xe0 ? 6 : lead < 0xf0 ? 12 : 18;
    const base = lead < 0xe0 ? 0xc0 : lead < 0xf0 ? 0xe0 : 0xf0;
    const least = lead < 0xe0 ? 0x80 : lead < 0xf0 ? 0x800 : 0x10000;
    const first = (lead - base) << bits;
    // A set of few has nothing under most of them.
    if (other === NO_NODE && hasNone(build, { first, bits })) continue;
    addEdge(edges, lead, targetOf(build, { first, bits, least }));
  }
  return nodeOf(pool, edges);
}

/** One automaton being built. Code points are asked for in ascending order, so that one place in the ranges will do. */
interface Build {
  readonly pool: NodePool;
  readonly ranges: readonly number[];
  readonly other: number;
  at: number;
}

/** `2 ** bits` code points from `first` on, of which those below `least` cannot stand here. */
interface Block {
  readonly first: number;
  readonly bits: number;
  readonly least: number;
}

/** Whether no code point of a block is in the set. */
function hasNone(build: Build, { first, bits }: Pick<Block, "first" | "bits">): boolean {
  const { ranges } = build;
  while ((ranges[build.at + 1] ?? Infinity) < first) build.at += 2;
  return (ranges[build.at] ?? Infinity) >= first + 2 ** bits;
}

/** What comes after the bytes that lead to a block. */
function targetOf(build: Build, block: Block): number {
  const { first, bits, least } = block;
  const label = labelOf(build, block);
  if (label !== undefined) return uniform(build.pool, bits, label);
  if (bits === 6) return nodeOf(build.pool, lastBytes(build, { first, count: 64, byte: 0x80 }));
  const edges: number[] = [];
  for (let index = 0; index < 64; index += 1) {
    const child = { first: first + (index << (bits - 6)), bits: bits - 6, least };
    if (build.other === NO_NODE && hasNone(build, child)) continue;
    addEdge(edges, 0x80 + index, targetOf(build, child));
  }
  return nodeOf(build.pool, edges);
}

/**
 * Edges for `count` code points that differ in their last byte only, which begins at `byte`. All of them may stand
 * here.
 */
function lastBytes(build: Build, { first, count, byte }: { first: number; count: number; byte: number }): number[] {
  const { ranges, other, at } = build;
  const end = first + count;
  const edges: number[] = [];
  let rest = first;
  for (let index = at; rest < end; index += 2) {
    const low = Math.min(Math.max(ranges[index] ?? Infinity, rest), end);
    const high = Math.min(ranges[index + 1] ?? Infinity, end - 1);
    if (low > rest && other !== NO_NODE) edges.push(byte + rest - first, byte + low - first - 1, other);
    if (high >= low) edges.push(byte + low - first, byte + high - first, TAKEN);
    rest = Math.max(low, high + 1);
  }
  return edges;
}

/** What a block's code points have in common; `undefined` where they differ. */
function labelOf(build: Build, { first, bits, least }: Block): number | undefined {
  const { ranges, other } = build;
  const last = first + 2 ** bits - 1;
  if (last < least || first > LAST_POINT || (first >= 0xd800 && last <= 0xdfff)) return NO_NODE;
  if (first < least || last > LAST_POINT || (first < 0xd800 && last >= 0xd800)) return undefined;
  while ((ranges[build.at + 1] ?? Infinity) < first) build.at += 2;
  const low = ranges[build.at] ?? Infinity;
  const high = ranges[build.at + 1] ?? Infinity;
  if (low > last) return other;
  return low <= first && high >= last ? TAKEN : undefined;
}

/** A node or more that take any bytes to the same end. */
function uniform(pool: NodePool, bits: number, label: number): number {
  if (bits === 0 || label === NO_NODE) return label;
  const key = 2 * bits + (label === TAKEN ? 1 : 0);
  const node = pool.uniform.get(key) ?? nodeOf(pool, [0x80, 0xbf, uniform(pool, bits - 6, label)]);
  pool.uniform.set(key, node);
  return node;
}

function addEdge(edges: number[], byte: number, target: number): void {
  const end = edges.length;
  if (target === NO_NODE) return;
  if (edges[end - 1] === target && edges[end - 2] === byte - 1) edges[end - 2] = byte;
  else edges.push(byte, byte, target);
}

/** Nodes for good: those edges in one row, and where each node's begin, with one entry more for the end. */
export interface NodeTable {
  /** `[first byte, last byte, what comes next, …]`. */
  readonly edges: Int32Array;
  /** Index of each node's first edge. */
  readonly starts: Int32Array;
}

/** The pool in one row. */
export function nodeTable({ nodes }: NodePool): NodeTable {
  let at = 0;
  const starts = nodes.map((edges) => (at += edges.length) - edges.length);
  return { edges: Int32Array.from(nodes.flat()), starts: Int32Array.from([...starts, at]) };
}

/** What comes after a byte: a node, or `TAKEN`, `PASSED` or `NO_NODE`. */
export function afterByte({ edges, starts }: NodeTable, node: number, byte: number): number {
  let low = starts[node] as number;
  let high = starts[node + 1] as number;
  while (low < high) {
    const middle = low + 3 * Math.floor((high - low) / 6);
    if (byte < (edges[middle] as number)) high = middle;
    else if (byte > (edges[middle + 1] as number)) low = middle + 3;
    else return edges[middle + 2] as number;
  }
  return NO_NODE;
}
