import assert from "#assert";
import { compileGrep } from "./matcher.ts";
import { PatternError } from "./pattern_error.ts";

const encoder = new TextEncoder();

Deno.test("compileGrep() is undefined where there is nothing to filter", () => {
  assert.equal(compileGrep("  "), undefined);
});

Deno.test("compileGrep() names what is wrong with a pattern", () => {
  assert.throws(() => compileGrep("("), PatternError);
  assert.throws(
    () => compileGrep("("),
    /^PatternError: Invalid grep pattern: ./,
  );
});

Deno.test("matches() judges the range it is given and nothing around it", () => {
  const bytes = encoder.encode("xxfooxx");
  const matcher = compileGrep("^foo$");
  assert.ok(matcher?.matches(bytes, 2, 5));
  assert.ok(!matcher?.matches(bytes, 0, 7));
});
