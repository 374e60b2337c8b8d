import assert from "#assert";
import { PatternError } from "./syntax/pattern_error.ts";
import { createSearchCache } from "./search_cache.ts";

Deno.test("createSearchCache() compiles a text once", () => {
  const compile = createSearchCache();
  assert.equal(compile("(?i)error"), compile("(?i)error"));
  assert.notEqual(compile("(?i)error"), compile("(?i)warn"));
});

Deno.test("createSearchCache() forgets what was not asked for for the longest time", () => {
  // Two small patterns fit.
  const compile = createSearchCache({ maxBytes: 40_000 });
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

Deno.test("createSearchCache() keeps many small patterns and few large ones", () => {
  const compile = createSearchCache({ maxBytes: 2 << 20 });
  const small = Array.from({ length: 100 }, (_, index) => compile(`error ${index}`));
  assert.equal(compile("error 0"), small[0]);
  for (let index = 0; index < 40; index += 1) compile(`[ab]{0,9000}c${index}`);
  assert.notEqual(compile("error 0"), small[0]);
});

Deno.test("a grep that was remembered is compiled anew after that was forgotten", () => {
  const compile = createSearchCache();
  const first = compile("a+b");
  assert.equal(compile("a+b"), first);
  compile.forget();
  assert.notEqual(compile("a+b"), first);
});
