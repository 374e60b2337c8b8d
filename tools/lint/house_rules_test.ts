import assert from "#assert";
import plugin, { wordsOf } from "./house_rules.ts";

function messages(text: string, path = "/x/src/records/a.ts"): string[] {
  return Deno.lint.runPlugin(plugin, path, text).map(({ id, message }) => `${id}: ${message}`);
}

function lines(count: number): string {
  return "  f();\n".repeat(count);
}

Deno.test("a function of 80 lines is allowed, and one of 81 is not", () => {
  assert.deepEqual(messages(`function g() {\n${lines(78)}}\n`), []);
  for (const begun of ["function g() {", "const g = () => {", "const g = function () {"]) {
    assert.deepEqual(messages(`${begun}\n${lines(79)}}\n`), [
      "house/function-lines: A function of 81 lines is too long: at most 80 are allowed",
    ]);
  }
});

Deno.test("a file of 280 lines is allowed, and one of 281 is not", () => {
  assert.deepEqual(messages(lines(280)), []);
  assert.deepEqual(messages(lines(281)), [
    "house/file-lines: A file of 281 lines is too long: at most 280 are allowed",
  ]);
});

Deno.test("tests, benches and generated files may be long", () => {
  for (
    const path of ["/x/src/a_test.ts", "/x/src/a_bench.ts", "/x/tests/a.ts", "/x/src/search/syntax/_unicode_tables.ts"]
  ) {
    assert.deepEqual(messages(lines(281), path), []);
  }
});

Deno.test("a private word in an identifier is found, and in a comment", () => {
  assert.deepEqual(messages("const openScouts = 1;"), ['house/words: "scouts" in `openScouts` is a private word']);
  assert.deepEqual(messages("class A { #scout = 1; }"), ['house/words: "scout" in `scout` is a private word']);
  assert.deepEqual(messages("// The scouts are back.\nf();"), ['house/words: "scouts" is a private word']);
  assert.deepEqual(messages("/** A stand-in. */\nf();"), ['house/words: "stand-in" is a private word']);
});

Deno.test("a word is private as a whole, and where the field does not use it", () => {
  assert.deepEqual(messages("const returned = outlook + almost;"), []);
  assert.deepEqual(messages("const look = 1;", "/x/src/search/engine/_looks.ts"), []);
  assert.equal(messages("const look = 1;", "/x/src/logs/a.ts").length, 1);
});

Deno.test("wordsOf() divides an identifier", () => {
  assert.deepEqual(wordsOf("openRotatedFile"), ["open", "rotated", "file"]);
  assert.deepEqual(wordsOf("MAX_FILE_LINES"), ["max", "file", "lines"]);
  assert.deepEqual(wordsOf("#left2"), ["left"]);
});
