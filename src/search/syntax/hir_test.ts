import assert from "#assert";
import { alternate, concat, EMPTY, type Hir, minBytes, repeat } from "./hir.ts";

const A: Hir = { kind: "literal", bytes: [0x61] };
const B: Hir = { kind: "literal", bytes: [0x62] };
const START: Hir = { kind: "look", look: "start" };
const LETTER: Hir = { kind: "class", unit: "point", ranges: [0xe0, 0xff, 0x10000, 0x10010] };
const NOTHING: Hir = { kind: "class", unit: "point", ranges: [] };

Deno.test("concat() flattens, joins literals, and leaves out what is empty", () => {
  assert.deepEqual(concat([]), EMPTY);
  assert.deepEqual(concat([EMPTY, A]), A);
  assert.deepEqual(concat([A, concat([B, START]), B]), {
    kind: "concat",
    items: [{ kind: "literal", bytes: [0x61, 0x62] }, START, B],
  });
});

Deno.test("alternate() of one branch is that branch", () => {
  assert.deepEqual(alternate([A]), A);
  assert.deepEqual(alternate([A, EMPTY]), { kind: "alternate", items: [A, EMPTY] });
});

Deno.test("repeat() does not repeat what takes no bytes, nor what may not come", () => {
  const greedy = true;
  assert.deepEqual(repeat(A, { min: 0, max: 0, greedy }), EMPTY);
  assert.deepEqual(repeat(EMPTY, { min: 2, max: 9, greedy }), EMPTY);
  assert.deepEqual(repeat(START, { min: 4e9, max: 4e9, greedy }), START);
  assert.deepEqual(repeat(START, { min: 0, max: Infinity, greedy }), {
    kind: "repeat",
    min: 0,
    max: 1,
    greedy,
    item: START,
  });
  assert.deepEqual(repeat(A, { min: 1, max: 1, greedy }), A);
});

Deno.test("minBytes() is the length of the shortest match", () => {
  assert.equal(minBytes(concat([A, LETTER, START])), 3);
  assert.equal(minBytes(alternate([concat([A, B]), LETTER, concat([A, B, A])])), 2);
  assert.equal(minBytes(repeat(LETTER, { min: 3, max: Infinity, greedy: true })), 6);
  assert.equal(minBytes(repeat(NOTHING, { min: 0, max: 5, greedy: true })), 0);
  assert.equal(minBytes(concat([A, NOTHING])), Infinity);
});
