import assert from "#assert";
import { normalizeGrep } from "./grep.ts";

const BLANK = String
  .raw`(?:(?:\x1B\[[0-9;]*[mK])?)*\s(?:(?:\x1B\[[0-9;]*[mK])?)*`;

Deno.test("normalizeGrep() cuts white space off both ends, as Unicode has it", () => {
  assert.equal(normalizeGrep("  foo  "), "foo");
  assert.equal(normalizeGrep("\tfoo\n"), "foo");
  assert.equal(normalizeGrep("\u00a0foo\u3000"), "foo");
  assert.equal(normalizeGrep("\u0085foo\u2028\u0085"), "foo");
  assert.equal(normalizeGrep("\ufefffoo\u200b"), "\ufefffoo\u200b");
});

Deno.test("normalizeGrep() takes text of nothing but white space for no filter", () => {
  for (const text of ["", " ", "   ", "\t\r\n", "\u00a0", "\u0085"]) {
    assert.equal(normalizeGrep(text), undefined, JSON.stringify(text));
  }
  assert.equal(normalizeGrep("\ufeff"), "\ufeff");
});

Deno.test("normalizeGrep() lets colour codes stand around each blank, also where a pattern then means something else", () => {
  assert.equal(normalizeGrep("foo bar"), `foo${BLANK}bar`);
  assert.equal(normalizeGrep("a  b"), `a${BLANK}${BLANK}b`);
  assert.equal(normalizeGrep("foo[ ]bar"), `foo[${BLANK}]bar`);
  assert.equal(normalizeGrep("foo\tbar\u00a0baz"), "foo\tbar\u00a0baz");
});

Deno.test("normalizeGrep() measures a pattern before it is made", () => {
  for (
    const [text, length] of [
      ["a".repeat(65_537), 65_537],
      ["a" + " ".repeat(60_000) + "a", 2 + 60_000 * BLANK.length],
      ["  " + "a ".repeat(30_000), 30_000 + 29_999 * BLANK.length],
    ] as const
  ) {
    assert.throws(() => normalizeGrep(text), {
      name: "PatternError",
      message: `Invalid grep pattern: the pattern is too long: ${length} characters, at most 65536 are allowed`,
    });
  }
  const longest = " ".repeat(1_000) + "a".repeat(64_000);
  assert.equal(normalizeGrep(longest), longest.slice(1_000));
});
