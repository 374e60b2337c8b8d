import assert from "#assert";
import { Buffer } from "node:buffer";
import { createRandom, type Random } from "../../tests/support/random.ts";
import { createItemReader } from "./_item_reader.ts";

/** The items and what is around them, with the text cut into pieces of so many bytes. */
function readIn(text: string, pieceBytes: number): { readonly items: unknown[]; readonly rest: unknown } {
  const bytes = new TextEncoder().encode(text);
  const reader = createItemReader();
  const items: unknown[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    const piece = Buffer.from(bytes.subarray(at, at + pieceBytes));
    for (const item of reader.read(piece)) items.push(JSON.parse(item));
    // A piece is good for one turn.
    piece.fill(0);
  }
  return { items, rest: JSON.parse(reader.rest()) };
}

/** Something that JSON can say, with what is special in JSON within its texts. */
function anything(random: Random, depth: number): unknown {
  const kind = random.int(depth > 3 ? 4 : 6);
  if (kind === 0) return random.int(1_000) - 500;
  if (kind === 1) return random.pick([true, false, null]);
  if (kind < 4) {
    return Array.from(
      { length: random.int(8) },
      () => random.pick(['"', "\\", "{", "}", "[", "]", ",", "é", "😀", "a"]),
    )
      .join("");
  }
  if (kind === 4) return Array.from({ length: random.int(4) }, () => anything(random, depth + 1));
  return anyObject(random, depth);
}

function anyObject(random: Random, depth: number): unknown {
  const entries = Array.from({ length: random.int(4) }, (_, index) => [`k${index}"`, anything(random, depth + 1)]);
  return Object.fromEntries(entries);
}

Deno.test("createItemReader gives what parsing the whole gives, however the text is cut", () => {
  for (let seed = 0; seed < 200; seed++) {
    const random = createRandom(seed);
    const items = Array.from({ length: random.int(5) }, () => anyObject(random, 0));
    const list = {
      kind: "PodList",
      metadata: { resourceVersion: "7", odd: [[{ a: [] }], {}] },
      items,
      ...(random.oneIn(2) ? { more: "[{" } : {}),
    };
    const text = JSON.stringify(list, undefined, random.int(2));
    for (const pieceBytes of [1, 1 + random.int(20), text.length * 4]) {
      const read = readIn(text, pieceBytes);
      assert.deepEqual(read, { items, rest: { ...list, items: [] } }, `seed ${seed}, ${pieceBytes} bytes`);
    }
  }
});

for (const text of ['{"items":null,"metadata":{}}', "{}", '"no list"', '{"metadata":{"a":[{"b":1},{"c":2}]}}']) {
  Deno.test(`createItemReader finds no items in ${text}`, () => {
    assert.deepEqual(readIn(text, 3), { items: [], rest: JSON.parse(text) });
  });
}
