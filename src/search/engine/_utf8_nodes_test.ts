import assert from "#assert";
import { contains } from "../syntax/ranges.ts";
import {
  afterByte,
  byteNode,
  createNodePool,
  NO_NODE,
  type NodeTable,
  nodeTable,
  PASSED,
  pointNode,
  TAKEN,
} from "./_utf8_nodes.ts";
import { LAST_POINT, negatePoints, propertyRanges, wordRanges } from "../syntax/unicode.ts";

const SETS: readonly (readonly number[])[] = [
  wordRanges(),
  negatePoints(wordRanges()),
  propertyRanges("Han") ?? [],
  [0, LAST_POINT],
  [],
  [0xd700, 0xe010],
  [0x7f, 0x80, 0x7ff, 0x800, 0xffff, 0x10000, LAST_POINT, LAST_POINT],
  [0x4b, 0x4b, 0x6b, 0x6b, 0x212a, 0x212a],
];

function walk(table: NodeTable, root: number, bytes: Iterable<number>): number {
  let node = root;
  for (const byte of bytes) node = node < 0 ? NO_NODE : afterByte(table, node, byte);
  return node;
}

Deno.test("pointNode() takes the code points of its set, and passes the others where it is asked to", () => {
  const encoder = new TextEncoder();
  const points = Array.from({ length: 0x110000 / 61 }, (_, index) => 61 * index).concat(SETS.flat()).filter((point) =>
    point < 0xd800 || point > 0xdfff
  );
  for (const set of SETS) {
    for (const other of [NO_NODE, PASSED]) {
      const pool = createNodePool();
      const root = pointNode(pool, set, other);
      const table = nodeTable(pool);
      for (const point of points) {
        const end = walk(table, root, encoder.encode(String.fromCodePoint(point)));
        assert.equal(end, contains(set, point) ? TAKEN : other, `${point.toString(16)} in ${set.slice(0, 8)}`);
      }
    }
  }
});

Deno.test("pointNode() comes to an end on well-formed UTF-8 only", () => {
  const pool = createNodePool();
  const root = pointNode(pool, [0, LAST_POINT], NO_NODE);
  const table = nodeTable(pool);
  const ends = (node: number): number =>
    Array.from({ length: 256 }, (_, byte) => afterByte(table, node, byte)).reduce(
      (sum, next) => sum + (next === TAKEN ? 1 : next >= 0 ? ends(next) : 0),
      0,
    );
  assert.equal(ends(root), 0x110000 - 0x800);
  for (
    const bytes of [
      [0xc0, 0x80],
      [0xc1, 0xbf],
      [0xe0, 0x9f, 0xbf],
      [0xed, 0xa0, 0x80],
      [0xf0, 0x8f, 0xbf, 0xbf],
      [0xf4, 0x90, 0x80, 0x80],
      [0xf5],
      [0xff],
      [0x80],
    ]
  ) {
    assert.equal(walk(table, root, bytes), NO_NODE, String(bytes));
  }
});

Deno.test("a pool holds equal nodes once", () => {
  const pool = createNodePool();
  const root = pointNode(pool, wordRanges(), NO_NODE);
  const size = pool.nodes.length;
  assert.ok(size < 320, `${size} nodes`);
  assert.equal(pointNode(pool, wordRanges(), NO_NODE), root);
  assert.equal(pool.nodes.length, size);
});

Deno.test("byteNode() takes single bytes", () => {
  const pool = createNodePool();
  const root = byteNode(pool, [0x30, 0x39, 0xff, 0xff]);
  const table = nodeTable(pool);
  for (let byte = 0; byte < 256; byte += 1) {
    assert.equal(afterByte(table, root, byte), (byte >= 0x30 && byte <= 0x39) || byte === 0xff ? TAKEN : NO_NODE);
  }
});
