import assert from "#assert";
import { constants, deflateRawSync } from "node:zlib";
import { createRandom } from "../../tests/support/random.ts";
import { createInflater, type InflateStep } from "./inflater.ts";

/** Text of lines that compress as those of a log do. */
function logText(lines: number): Uint8Array {
  const random = createRandom(lines);
  return new TextEncoder().encode(
    Array.from({ length: lines }, (_, at) => `2026-01-01T00:00:00Z stdout F line ${at} of ${random.int(1e9)}\n`).join(
      "",
    ),
  );
}

const text = logText(20_000);

/** Decodes to the end, with inputs and outputs of these sizes. */
function decodeAll(
  compressed: Uint8Array,
  sizes: { readonly input: number; readonly output: number },
): { readonly content: Buffer; readonly steps: InflateStep[] } {
  using inflater = createInflater();
  const steps: InflateStep[] = [];
  const parts: Uint8Array[] = [];
  for (let at = 0; at < compressed.length;) {
    const into = new Uint8Array(sizes.output);
    const step = inflater.decode(compressed.subarray(at, at + sizes.input), into);
    at += step.consumed;
    steps.push(step);
    parts.push(into.subarray(0, step.produced));
    if (step.state !== "open") break;
  }
  return { content: Buffer.concat(parts), steps };
}

Deno.test("the content is the same whatever the sizes of input and output", () => {
  const compressed = Uint8Array.from([...deflateRawSync(text), 1, 2, 3]);
  for (const [input, output] of [[1e9, 1e7], [1000, 1e6], [1e9, 1000], [100, 77]] as const) {
    const { content, steps } = decodeAll(compressed, { input, output });
    assert.equal(Buffer.compare(content, text), 0, `${input}, ${output}`);
    assert.equal(steps.at(-1)?.state, "ended");
    assert.equal(steps.reduce((sum, { consumed }) => sum + consumed, 0), compressed.length - 3);
  }
});

Deno.test("decoding stops at the end of each block", () => {
  const { steps } = decodeAll(deflateRawSync(text), { input: 1e9, output: 1e7 });
  assert(steps.length > 5, `${steps.length}`);
  // zlib ends a block after so many symbols, of which each gives 258 bytes at most.
  for (const { produced } of steps) assert(produced < 16_384 * 258);
});

Deno.test("all content before a fault is given, to the last byte", () => {
  const compressed = deflateRawSync(text);
  const [first, second] = decodeAll(compressed, { input: 1e9, output: 1e7 }).steps;
  const blocks = { consumed: 0, produced: 0 };
  for (const step of [first, second]) {
    blocks.consumed += step?.consumed ?? 0;
    blocks.produced += step?.produced ?? 0;
  }
  // No block begins with ones.
  const damaged = compressed.fill(0xff, blocks.consumed, blocks.consumed + 100);
  for (const output of [1e6, 5000, 1]) {
    const { content, steps } = decodeAll(damaged, { input: 1e9, output });
    assert.equal(steps.at(-1)?.state, "failed");
    assert.equal(Buffer.compare(content, text.subarray(0, blocks.produced)), 0, `${content.length}, ${output}`);
  }
});

/** Bits, the first one lowest. */
function packBits(bits: string): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(bits.length / 8));
  for (const [at, bit] of [...bits].entries()) {
    if (bit === "1") bytes[at >> 3] = (bytes[at >> 3] ?? 0) | 1 << (at & 7);
  }
  return bytes;
}

Deno.test("content that the failing call decodes is given", () => {
  // The last block, of fixed codes: A, B, C, and a length that there is not.
  const bytes = packBits("110" + "01110001" + "01110010" + "01110011" + "11000110");
  const { content, steps } = decodeAll(bytes, { input: 1e9, output: 100 });
  assert.equal(content.toString(), "ABC");
  assert.deepEqual(steps.map(({ state }) => state), ["failed"]);
});

Deno.test("after the end, and after a fault, nothing is used and nothing given", () => {
  for (const bytes of [deflateRawSync("content"), Uint8Array.of(7)]) {
    using inflater = createInflater();
    const into = new Uint8Array(100);
    const input = Uint8Array.from([...bytes, 0]);
    while (inflater.decode(input, into).state === "open");
    const { consumed, produced } = inflater.decode(input, into);
    assert.deepEqual({ consumed, produced }, { consumed: 0, produced: 0 });
  }
});

Deno.test("an empty block that is flushed is no end", () => {
  const flushed = deflateRawSync("first ", { finishFlush: constants.Z_SYNC_FLUSH });
  const all = Uint8Array.from([...flushed, ...deflateRawSync("second")]);
  const { content, steps } = decodeAll(Uint8Array.from([...all, 0]), { input: 1e9, output: 100 });
  assert.equal(content.toString(), "first second");
  assert.equal(steps.at(-1)?.state, "ended");
});

Deno.test("disposing twice, and amid a stream, gives back once", () => {
  const inflater = createInflater();
  inflater.decode(deflateRawSync(text).subarray(0, 100), new Uint8Array(10));
  inflater[Symbol.dispose]();
  inflater[Symbol.dispose]();
});
