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
  assert.deepEqual(messages("Math.round(1); await Promise.allSettled([]);"), []);
  assert.equal(messages("poller.round(1);").length, 1);
});

Deno.test("wordsOf() divides an identifier", () => {
  assert.deepEqual(wordsOf("openRotatedFile"), ["open", "rotated", "file"]);
  assert.deepEqual(wordsOf("MAX_FILE_LINES"), ["max", "file", "lines"]);
  assert.deepEqual(wordsOf("#left2"), ["left"]);
});

Deno.test("a comment of 120 columns is allowed, and a wider one is not, wherever it is", () => {
  const tooWide = ["house/prose-columns: A comment of 121 columns is too wide: at most 120 are allowed"];
  for (const path of ["/x/src/records/a.ts", "/x/src/records/a_test.ts", "/x/tests/a.ts", "/x/tools/a.ts"]) {
    assert.deepEqual(messages(`// ${"é".repeat(117)}\n/**\n * ${"y".repeat(117)}\n */\n`, path), []);
    assert.deepEqual(messages(`// ${"é".repeat(118)}\n`, path), tooWide);
    assert.deepEqual(messages(`/**\n * a\n * ${"y".repeat(118)}\n */\n`, path), tooWide);
    assert.deepEqual(messages(`const a = 1; // ${"y".repeat(105)}\n`, path), tooWide);
    assert.deepEqual(messages(`const a = "${"y".repeat(120)}"; // a\n`, path).length, 1);
  }
  assert.deepEqual(messages(`const a = "${"y".repeat(120)}";\n// a\n`), []);
  assert.deepEqual(messages(`// deno-lint-ignore no-control-regex -- ${"y".repeat(120)}\n`), []);
});

Deno.test("a loop of a test that waits for a condition needs a deadline", () => {
  const missing = ["house/wait-deadline: A loop waits for a condition without a deadline that names it"];
  for (
    const loop of [
      "while (!isSo()) await setImmediate();",
      "while (!await isSo()) { f(); }",
      "while (await isSo());",
      "do { await delay(10); } while (isSo());",
      "for (;;) { if (isSo()) break; await new Promise((resolve) => setTimeout(resolve, 1)); }",
    ]
  ) {
    assert.deepEqual(messages(loop, "/x/tests/a.ts"), missing, loop);
    assert.deepEqual(messages(loop, "/x/src/a_test.ts"), missing, loop);
    assert.deepEqual(messages(loop, "/x/src/logs/a.ts"), []);
  }
  for (
    const loop of [
      "while (!isSo()) { assert(now() < deadline); await setImmediate(); }",
      "for (let tries = 0; tries < 3; tries++) await setImmediate();",
      "while (!signal.aborted) await delay(1);",
      "while (text.length > 0) text = rest(text);",
    ]
  ) assert.deepEqual(messages(loop, "/x/tests/a.ts"), [], loop);
});
