import assert from "#assert";
import { constants, deflateRawSync, gunzipSync, gzipSync, type ZlibOptions } from "node:zlib";
import { memoryLog } from "../../tests/support/memory_log.ts";
import { createRandom } from "../../tests/support/random.ts";
import { GzipDecoder, type GzipEnd, gzipPieces } from "./gzip_decoder.ts";
import { type RestartPoint, restartPointAt } from "./restart_point.ts";

/** Lines that compress as those of a log do. */
function logText(lines: number, seed = 1): Uint8Array {
  const random = createRandom(seed);
  const line = (at: number): string => `2026-01-01T00:00:00Z stdout F line ${at} of ${random.int(1e9)}\n`;
  return new TextEncoder().encode(Array.from({ length: lines }, (_, at) => line(at)).join(""));
}

const concat = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

async function decoded(bytes: Uint8Array, pieceBytes = 10_000): Promise<{ content: Buffer; end: GzipEnd }> {
  const pieces = gzipPieces(memoryLog(bytes), { pieceBytes });
  const parts: Uint8Array[] = [];
  for (let next = await pieces.next();; next = await pieces.next()) {
    if (next.done) return { content: Buffer.concat(parts), end: next.value };
    parts.push(next.value.slice());
  }
}

const text = logText(3000);
const gzip = new Uint8Array(gzipSync(text));
const empty = new Uint8Array(gzipSync(""));

/** With a header of so many flags: extra bytes, a name, a comment, a CRC of the header. */
function flagged(flags: number): Uint8Array {
  const parts: Uint8Array[] = [Uint8Array.from([0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 3])];
  if (flags & 4) parts.push(Uint8Array.from([3, 0, 1, 2, 3]));
  if (flags & 8) parts.push(new TextEncoder().encode("0.log\0"));
  if (flags & 16) parts.push(new TextEncoder().encode("of a log\0"));
  if (flags & 2) parts.push(Uint8Array.from([1, 2]));
  return concat(...parts, gzip.subarray(10));
}

for (
  const [what, bytes, content, end] of [
    ["one member", gzip, text, "whole"],
    ["several members", concat(gzip, gzip, gzip), concat(text, text, text), "whole"],
    ["empty members", concat(empty, gzip, empty, empty, gzip, empty), concat(text, text), "whole"],
    ["an empty member alone", empty, new Uint8Array(), "whole"],
    ["every flag of a header", flagged(30), text, "whole"],
    ["a name", flagged(8), text, "whole"],
    ["NUL behind it, as many as fill up a block", concat(gzip, new Uint8Array(4096)), text, "whole"],
    ["more NUL than that", concat(gzip, new Uint8Array(100_000)), text, "damaged"],
    ["something else behind it", concat(gzip, Uint8Array.of(1, 2, 3)), text, "damaged"],
    ["half a member behind it", concat(gzip, gzip.subarray(0, 9)), text, "damaged"],
    ["a wrong CRC", gzip.with(gzip.length - 8, (gzip.at(-8) ?? 0) ^ 1), text, "damaged"],
    ["half a trailer", gzip.subarray(0, -4), text, "damaged"],
    ["nothing at all", new Uint8Array(), new Uint8Array(), "damaged"],
    ["no gzip", new TextEncoder().encode("2026-01-01T00:00:00Z stdout F line\n"), new Uint8Array(), "damaged"],
    ["a header alone", gzip.subarray(0, 10), new Uint8Array(), "damaged"],
  ] as const
) {
  Deno.test(`a gzip file of ${what} gives its content, and is ${end}`, async () => {
    for (const pieceBytes of [512, 10_000, 1e6]) {
      const result = await decoded(bytes, pieceBytes);
      assert.equal(Buffer.compare(result.content, content), 0, `${result.content.length} bytes`);
      assert.equal(result.end, end);
    }
  });
}

Deno.test("a file that is cut anywhere gives all that comes before the cut", async () => {
  for (let length = 18; length < gzip.length; length += 997) {
    const cut = gzip.subarray(0, length);
    const { content, end } = await decoded(cut);
    assert.equal(Buffer.compare(content, gunzipSync(cut, { finishFlush: constants.Z_SYNC_FLUSH })), 0, `${length}`);
    assert.equal(end, "damaged");
  }
});

/** Decodes all; gives the points that were found, each at the end of a block or of a member. */
async function pointsOf(bytes: Uint8Array, content: Uint8Array): Promise<RestartPoint[]> {
  using decoder = new GzipDecoder(memoryLog(bytes));
  const points: RestartPoint[] = [];
  const into = new Uint8Array(100_000);
  while (decoder.end === undefined) {
    await decoder.decode(into);
    const { position } = decoder;
    const member = decoder.memberEnd();
    const end = decoder.blockEnd(content.subarray(0, position));
    const point = member ?? (end && restartPointAt(end, content.subarray(position)));
    if (point !== undefined) points.push(point);
  }
  assert.equal(decoder.end, "whole");
  assert.equal(decoder.position, content.length);
  return points;
}

async function contentFrom(bytes: Uint8Array, point: RestartPoint): Promise<{ content: Buffer; end?: GzipEnd }> {
  using decoder = new GzipDecoder(memoryLog(bytes), point);
  assert.equal(decoder.position, point.contentOffset);
  const parts: Uint8Array[] = [];
  while (decoder.end === undefined) {
    const into = new Uint8Array(5000);
    parts.push(into.subarray(0, await decoder.decode(into)));
  }
  return { content: Buffer.concat(parts), end: decoder.end };
}

for (
  const [what, options] of [
    ["the usual blocks", {}],
    ["fast blocks", { level: 1 }],
    ["small blocks", { memLevel: 1 }],
    ["stored blocks", { level: 0 }],
    ["blocks of fixed codes", { strategy: constants.Z_FIXED, memLevel: 1 }],
    ["blocks without matches", { strategy: constants.Z_HUFFMAN_ONLY }],
  ] satisfies [string, ZlibOptions][]
) {
  Deno.test(`decoding goes on from the end of a block as from the start: ${what}`, async () => {
    const content = logText(40_000, 7);
    const bytes = new Uint8Array(gzipSync(content, options));
    const points = await pointsOf(bytes, content);
    assert(points.length > 0);
    const bits = new Set<number>();
    for (const point of points) {
      // From a few of many; from each bit at which a block can end.
      if (bits.has(point.usedBits) && points.indexOf(point) % 10 > 0) continue;
      bits.add(point.usedBits);
      const { content: rest, end } = await contentFrom(bytes, point);
      assert.equal(Buffer.compare(rest, content.subarray(point.contentOffset)), 0, `${point.contentOffset}`);
      // The CRC of the whole member is checked, too.
      assert.equal(end, "whole");
    }
    if (what === "small blocks") assert.deepEqual([...bits].sort(), [0, 1, 2, 3, 4, 5, 6, 7]);
  });
}

Deno.test("decoding goes on from the end of a member as from the start", async () => {
  const content = concat(text, text, text);
  const bytes = concat(gzip, gzip, empty, gzip);
  const points = (await pointsOf(bytes, content)).filter(({ dictionary }) => dictionary === undefined);
  assert.deepEqual(points.map(({ contentOffset }) => contentOffset / text.length), [1, 2, 2, 3]);
  for (const point of points) {
    const { content: rest, end } = await contentFrom(bytes, point);
    assert.equal(Buffer.compare(rest, content.subarray(point.contentOffset)), 0);
    assert.equal(end, "whole");
  }
});

Deno.test("behind a point, a wrong CRC is a damage as well", async () => {
  const content = logText(40_000);
  const bytes = new Uint8Array(gzipSync(content));
  const [point] = await pointsOf(bytes, content);
  if (point === undefined) throw new Error("no point was found");
  const { end } = await contentFrom(bytes.with(bytes.length - 8, (bytes.at(-8) ?? 0) ^ 1), point);
  assert.equal(end, "damaged");
});

Deno.test("other content than what comes next makes no point", () => {
  const content = logText(1000);
  const compressed = new Uint8Array(deflateRawSync(content));
  const end = {
    contentOffset: 0,
    inputOffset: 1,
    crc: 0,
    input: Uint8Array.from([0, ...compressed.subarray(0, 4096)]),
    dictionary: new Uint8Array(32 * 1024),
  };
  assert.equal(restartPointAt(end, content)?.usedBits, 0);
  assert.equal(restartPointAt(end, content.with(500, 0)), undefined);
  assert.equal(restartPointAt(end, content.subarray(0, 100)), undefined);
});
