import assert from "#assert";
import { Buffer } from "node:buffer";
import { decompress } from "lz4js";
import { checkRandom } from "../../../tests/support/property.ts";
import { createRandom, type Random } from "../../../tests/support/random.ts";
import { createFrameReader, FrameError } from "../../../tests/fakes/lz4_decode.ts";
import { createFrameWriter, FRAME_HEADER } from "./lz4_frame.ts";

/** Bytes that repeat themselves now and then, at all distances. */
function sample(random: Random, length: number): Uint8Array {
  const letters = 1 + random.int(255);
  const bytes: number[] = [];
  while (bytes.length < length) {
    if (bytes.length > 4 && random.oneIn(3)) {
      const from = random.int(bytes.length);
      const count = random.int(random.oneIn(10) ? 2_000 : 40);
      for (let index = 0; index < count; index++) bytes.push(bytes[from + index] ?? 0);
    } else for (let count = random.int(40); count > 0; count--) bytes.push(random.int(letters));
  }
  return new Uint8Array(bytes.slice(0, length));
}

Deno.test("after each write of createFrameWriter the frame so far holds exactly what was written", async () => {
  await checkRandom((random) => {
    const writer = createFrameWriter();
    const reader = createFrameReader();
    for (let write = 0; write < 6; write++) {
      const content = sample(random, random.oneIn(4) ? random.int(20) : random.int(10_000));
      assert.deepEqual(reader.read(writer.write(content)), content, `write ${write}`);
    }
  }, { runs: 60 });
});

Deno.test("a decoder that is not ours reads the frame, once it has an end mark", () => {
  const endMark = new Uint8Array(4);
  for (let seed = 1; seed <= 20; seed++) {
    const random = createRandom(seed);
    const writer = createFrameWriter();
    const contents = Array.from({ length: 6 }, () => sample(random, random.int(random.oneIn(4) ? 20 : 100_000)));
    const frame = contents.map((content) => Uint8Array.from(writer.write(content)));
    const read: Uint8Array = decompress(Buffer.concat([...frame, endMark]));
    // A difference of so many bytes would take minutes to print.
    assert.ok(Buffer.concat(contents).equals(read), `seed ${seed}`);
  }
});

for (const length of [0, 1, 11, 12, 13, 17, 65_535, 65_536, 65_537, 200_000]) {
  Deno.test(`createFrameWriter carries ${length} bytes, whether they repeat or not`, () => {
    const random = createRandom(length);
    for (const content of [new Uint8Array(length), Uint8Array.from({ length }, () => random.int(256))]) {
      assert.deepEqual(createFrameReader().read(createFrameWriter().write(content)), content);
    }
  });
}

Deno.test("createFrameWriter sends a block that does not compress as it is, in one open frame", () => {
  const noise = crypto.getRandomValues(new Uint8Array(1_000));
  const writer = createFrameWriter();
  const first = writer.write(noise);
  assert.deepEqual(first.subarray(0, 7), FRAME_HEADER);
  assert.equal(first.length, 7 + 4 + noise.length);
  assert.equal(writer.write(noise).length, 4 + noise.length);
  assert.equal(writer.write(new Uint8Array()).length, 0);
});

for (
  const [what, hex] of [
    ["another magic number", "05224d18604082"],
    ["another version", "04224d18204082"],
    ["a block that is too long", "04224d1860408201000100"],
    ["a block that ends within a length", "04224d1860408201000000f0"],
    ["a distance beyond the beginning", "04224d18604082040000001061ff00"],
    ["literals beyond the block", "04224d1860408202000000f000"],
  ] as const
) {
  Deno.test(`createFrameReader refuses ${what}`, () => {
    assert.throws(() => createFrameReader().read(Uint8Array.fromHex(hex)), FrameError);
  });
}
