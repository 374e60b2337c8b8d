import assert from "#assert";
import { nearest } from "./nearest.ts";

const KNOWN = ["max-count", "max-columns", "count", "context", "since", "until", "head", "tail"];

for (
  const [word, expected] of [
    ["max-cuont", "max-count"],
    ["maxcount", "max-count"],
    ["max-col", "max-columns"],
    ["conut", "count"],
    ["cont", "context"],
    ["untli", "until"],
    ["tial", "tail"],
    ["hed", "head"],
    ["max-", "max-count"],
    ["zzz", undefined],
    ["x", undefined],
    ["", undefined],
    ["a".repeat(100_000), undefined],
  ] as const
) {
  Deno.test(`nearest() to ${word.slice(0, 20)} is ${expected}`, () => assert.equal(nearest(word, KNOWN), expected));
}
