import assert from "#assert";
import { PatternError } from "./pattern_error.ts";
import { createSearchCache } from "./search_cache.ts";

Deno.test("createSearchCache() compiles a text once", () => {
  const compile = createSearchCache();
  assert.equal(compile("(?i)error"), compile("(?i)error"));
  assert.notEqual(compile("(?i)error"), compile("(?i)warn"));
});

Deno.test("createSearchCache() forgets what was not asked for for the longest time", () => {
  const compile = createSearchCache({ maxEntries: 2 });
  const first = compile("a");
  const second = compile("b");
  assert.equal(compile("a"), first);
  compile("c");
  assert.equal(compile("a"), first);
  assert.notEqual(compile("b"), second);
});

Deno.test("createSearchCache() has nothing for no filter, and remembers no refusal", () => {
  const compile = createSearchCache();
  assert.equal(compile("  "), undefined);
  assert.throws(() => compile("("), PatternError);
  assert.throws(() => compile("("), PatternError);
});
