import assert from "#assert";
import { Buffer } from "node:buffer";
import { createRandom, type Random } from "../../tests/support/random.ts";
import { ItemReader } from "./_item_reader.ts";

/** The items and what is around them, with the text cut into pieces of so many bytes. */
function readIn(
  text: string,
  pieceBytes: number,
  wanted?: readonly string[],
): { readonly items: unknown[]; readonly rest: unknown } {
  const bytes = new TextEncoder().encode(text);
  const reader = new ItemReader({ wanted });
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

Deno.test("ItemReader gives what parsing the whole gives, however the text is cut", () => {
  for (let seed = 0; seed < 200; seed++) {
    const random = createRandom(seed);
    const items = Array.from(
      { length: random.int(5) },
      () => random.oneIn(3) ? anything(random, 0) : anyObject(random, 0),
    );
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

/** Only what is wanted, by the plain way. */
function pruned(items: readonly unknown[], wanted: readonly string[]): readonly unknown[] {
  const prunedPart = (part: unknown): unknown => {
    if (typeof part !== "object" || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(
      Object.entries(part).map(([name, value]) => [
        name,
        typeof value === "object" && !wanted.includes(name) ? null : value,
      ]),
    );
  };
  return items.map((item) =>
    Object.fromEntries(Object.entries(item as object).map(([name, part]) => [name, prunedPart(part)]))
  );
}

Deno.test("ItemReader leaves out what is not wanted, and nothing else", () => {
  const wanted = ["k0", "k2"];
  let shorter = 0;
  for (let seed = 0; seed < 300; seed++) {
    const random = createRandom(seed);
    const items = Array.from({ length: random.int(5) }, () => ({
      metadata: { uid: "é", k0: [{ k1: [] }], ...named(random) },
      "spec{": { '"': 1, k1: { k0: { a: "]" } }, ...named(random) },
      list: [{ k1: {} }, named(random), []],
      text: "k0",
      ...named(random),
    }));
    const text = JSON.stringify({ metadata: { k1: { k1: [] } }, items }, undefined, random.int(2));
    for (const pieceBytes of [1, 1 + random.int(40), 50, text.length * 4]) {
      const read = readIn(text, pieceBytes, wanted);
      assert.deepEqual(pruned(read.items, wanted), pruned(items, wanted), `seed ${seed}, ${pieceBytes} bytes`);
      assert.deepEqual(read.rest, { metadata: { k1: { k1: [] } }, items: [] });
      // In one piece, all that is not wanted is left out.
      if (pieceBytes > text.length) assert.deepEqual(read.items, pruned(items, wanted), `seed ${seed}`);
      if (JSON.stringify(read.items).length < JSON.stringify(items).length) shorter++;
    }
  }
  assert(shorter > 600, `${shorter}`);
});

/** Values of all kinds under names of which some are wanted. */
function named(random: Random): Readonly<Record<string, unknown>> {
  const names = Array.from({ length: random.int(5) }, () => `k${random.int(4)}`);
  return Object.fromEntries(names.map((name) => [name, anything(random, 2)]));
}

for (const text of ['{"items":null,"metadata":{}}', "{}", '"no list"', '{"metadata":{"a":[{"b":1},{"c":2}]}}']) {
  Deno.test(`ItemReader finds no items in ${text}`, () => {
    assert.deepEqual(readIn(text, 3), { items: [], rest: JSON.parse(text) });
  });
}

Deno.test("ItemReader leaves out items that are too long, tells, and goes on behind them", () => {
  const long = { metadata: { uid: "long", name: "x".repeat(40_000) } };
  const text = JSON.stringify({ metadata: {}, items: [{ a: 1 }, long, { b: 2 }, long], more: 1 });
  for (const pieceBytes of [1, 1_000, text.length]) {
    let skipped = 0;
    const reader = new ItemReader({ maxItemBytes: 30_000, onSkip: () => skipped++ });
    const bytes = new TextEncoder().encode(text);
    const items: string[] = [];
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      items.push(...reader.read(bytes.subarray(at, at + pieceBytes)));
    }
    assert.deepEqual([items, skipped], [['{"a":1}', '{"b":2}'], 2]);
    assert.deepEqual(JSON.parse(reader.rest()), { metadata: {}, items: [], more: 1 });
  }
});

Deno.test("ItemReader refuses a list that is too long beside its items", () => {
  const bytes = new TextEncoder().encode(`{"kind":"${"x".repeat(50_000)}`);
  const reader = new ItemReader({ maxItemBytes: 30_000 });
  reader.read(bytes);
  assert.throws(() => reader.rest(), { name: "KubeRequestError" });
});
