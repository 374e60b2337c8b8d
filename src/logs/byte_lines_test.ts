import assert from "#assert";
import { byteLines, type ByteLinesOptions } from "./byte_lines.ts";

const encoder = new TextEncoder();

function linesOf(text: string, options?: ByteLinesOptions): [string, boolean][] {
  return [
    ...byteLines(encoder.encode(text), options).map(({ start, end, isClosed }): [string, boolean] => [
      text.slice(start, end),
      isClosed,
    ]),
  ];
}

Deno.test("byteLines() returns each line without its line feed, and reports whether one closes it", () => {
  assert.deepEqual(linesOf("a\n\nbc\nd"), [["a", true], ["", true], ["bc", true], ["d", false]]);
  assert.deepEqual(linesOf("a\n"), [["a", true]]);
  assert.deepEqual(linesOf("\n"), [["", true]]);
  assert.deepEqual(linesOf(""), []);
});

Deno.test("byteLines() keeps to its part of the bytes: a line feed at its end closes no line", () => {
  assert.deepEqual(linesOf("ab\ncd\nef\n", { from: 3, to: 7 }), [["cd", true], ["e", false]]);
  assert.deepEqual(linesOf("ab\ncd\n", { from: 1, to: 2 }), [["b", false]]);
  assert.deepEqual(linesOf("ab\n", { from: 3 }), []);
});
