import assert from "#assert";
import { print } from "./print.ts";

Deno.test("print writes all, whatever is taken at once, and waits where nothing is", () => {
  const taken: number[] = [];
  const sizes = [1, -1, 2, 0, -1, 100];
  const writeSync = (bytes: Uint8Array): number => {
    const size = Math.min(sizes.shift() ?? assert.fail("all was written"), bytes.length);
    if (size === -1) throw new Deno.errors.WouldBlock("not now");
    taken.push(...bytes.subarray(0, size));
    return size;
  };
  print("äbcdef\n", { writeSync });
  assert.equal(new TextDecoder().decode(new Uint8Array(taken)), "äbcdef\n");
  assert.equal(sizes.length, 0);
});

Deno.test("print throws when nobody reads any more", () => {
  const writeSync = (): number => {
    throw new Deno.errors.BrokenPipe("gone");
  };
  assert.throws(() => print("a", { writeSync }), Deno.errors.BrokenPipe);
});
