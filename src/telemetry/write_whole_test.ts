import assert from "#assert";
import type { ByteWriter } from "./process_output.ts";
import { createErrorWriter, writeWhole } from "./write_whole.ts";

/** Takes so many bytes at each call; −1: none right now. */
function takes(sizes: number[]): ByteWriter & { text(): string } {
  const taken: number[] = [];
  return {
    text: () => new TextDecoder().decode(new Uint8Array(taken)),
    writeSync: (bytes) => {
      const size = Math.min(sizes.shift() ?? assert.fail("written once too often"), bytes.length);
      if (size === -1) throw new Deno.errors.WouldBlock("not now");
      taken.push(...bytes.subarray(0, size));
      return size;
    },
  };
}

const gone: ByteWriter = {
  writeSync: () => {
    throw new Deno.errors.BrokenPipe("gone");
  },
};

Deno.test("writeWhole() writes all, whatever is taken at once, and waits where nothing is", () => {
  const sizes = [1, -1, 2, -1, -1, 100];
  const out = takes(sizes);
  let waits = 0;
  assert(writeWhole("äbcdef\n", { out, wait: () => waits++ }));
  assert.equal(out.text(), "äbcdef\n");
  assert.deepEqual([sizes.length, waits], [0, 3]);
});

Deno.test("writeWhole() gives up after as many tries as it may make, and fails where it can never end", () => {
  let waits = 0;
  const out = takes([-1, 1, -1, -1, -1]);
  assert(!writeWhole("abc", { out, tries: 3, wait: () => waits++ }));
  assert.deepEqual([out.text(), waits], ["a", 3]);
  assert.throws(() => writeWhole("abc", { out: takes([0]) }), Deno.errors.WriteZero);
  assert.throws(() => writeWhole("abc", { out: gone }), Deno.errors.BrokenPipe);
});

Deno.test("createComplain() waits for a reader once, and again when one was there", () => {
  let tries = 0;
  let isFull = true;
  const out: ByteWriter = {
    writeSync: (bytes) => {
      tries++;
      if (isFull) throw new Deno.errors.WouldBlock("full");
      return bytes.length;
    },
  };
  const writeError = createErrorWriter({ out, wait: () => {} });
  const triesFor = (text: string): number => {
    tries = 0;
    writeError(text);
    return tries;
  };
  assert.deepEqual([triesFor("a\n"), triesFor("b\n")], [20, 1]);
  isFull = false;
  assert.equal(triesFor("c\n"), 1);
  isFull = true;
  assert.equal(triesFor("d\n"), 20);
  createErrorWriter({ out: gone })("nobody reads it");
});
