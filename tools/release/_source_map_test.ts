import assert from "#assert";
import { bytesBySource } from "./_source_map.ts";

const counted = (text: string, mappings: string, sources: readonly string[] = ["a", "b"]): Record<string, number> =>
  Object.fromEntries(bytesBySource(text, { sources, mappings }));

for (
  const [what, text, mappings, bytes] of [
    ["one segment reaches to the end of its line", "abcdef", "AAAA", { a: 6 }],
    ["a segment ends where the next one begins", "abcdef", "AAAA,ECAA", { a: 2, b: 4 }],
    ["the source is counted on over lines, and the column begins anew", "ab\ncd", "AAAA;CCAA", { a: 2, b: 1 }],
    ["what stands before the first segment belongs to no source", "abc", "EAAA", { a: 1 }],
    ["a segment of a column alone belongs to no source", "abcdef", "AAAA,E,CAAA", { a: 5 }],
    ["a source may come before the last one", "abcd", "ACAA,EDAA", { a: 2, b: 2 }],
    ["bytes are those of UTF-8, columns those of UTF-16", "äöü𝄞x", "AAAA,KCAA", { a: 10, b: 1 }],
    ["numbers may have several digits", " ".repeat(40), "AAAA,gCCAA", { a: 32, b: 8 }],
    ["no segments are no bytes", "abc\n", ";", {}],
  ] satisfies [string, string, string, Record<string, number>][]
) {
  Deno.test(`in a source map, ${what}`, () => assert.deepEqual(counted(text, mappings), bytes));
}

Deno.test("a source map that cannot be read is refused", () => {
  assert.throws(() => counted("abc", "A!AA"), /Cannot read a source map: "A!AA" is no segment/);
  assert.throws(() => counted("abc", "AEAA", ["a"]), /Cannot read a source map: it has no source 2/);
});
