import assert from "#assert";
import { compileCrate, crateClass, crateHir } from "../../../tests/search/crate_twin.ts";
import { randomClass } from "../../../tests/search/random_patterns.ts";
import fc from "fast-check";
import { checkProperty, checkRandom } from "../../../tests/support/property.ts";
import { contains, subtract } from "./ranges.ts";
import samples from "../../../tests/search/samples.json" with { type: "json" };
import { normalizeGrep } from "./grep.ts";
import type { Hir } from "./hir.ts";
import { parsePattern } from "./parse_pattern.ts";
import { MAX_PATTERN_LENGTH } from "./pattern_error.ts";
import { PatternError } from "./pattern_error.ts";

/** What the parser makes of a text: a tree, or the detail of its refusal. */
function reading(text: string): Hir | string {
  try {
    return parsePattern(text);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    return error.detail;
  }
}

function takenByCrate(text: string): boolean {
  // The original puts every pattern into a group; what is a pattern only because of that is none here.
  return [text, `(?:${text})`].every((pattern) => {
    using compiled = compileCrate(pattern);
    return compiled !== undefined;
  });
}

/** Classes without surrogates, which mean nothing. */
function plain(ranges: readonly number[]): readonly number[] {
  return subtract(ranges, [0xd800, 0xdfff]);
}

function classOf(hir: Hir | string): readonly number[] {
  if (typeof hir === "string" || (hir.kind !== "class" && hir.kind !== "literal")) {
    throw new TypeError(`Cannot see a class in ${JSON.stringify(hir)}`);
  }
  if (hir.kind === "class") return plain(hir.ranges);
  const point = new TextDecoder().decode(Uint8Array.from(hir.bytes)).codePointAt(0) ?? 0;
  return [point, point];
}

Deno.test("parsePattern() makes of simple patterns the crate's trees", () => {
  for (
    const text of [
      ..."a abc (a) (?P<n>a) (?<n>a)(b) (?:ab)c a|bc a* a+? a{2,} a{2,5}? (?U)a* (?U)a*? a{0,1} é \\x41 \\x{e9} \\u00e9 \\U000000e9 ."
        .split(" "),
      ..."^a$ (?m)^a$ (?mR)^a$ \\Aa\\z \\b \\B \\b{start} \\b{end} \\b{start-half} \\b{end-half} \\< \\> (?-u:\\b) (?-u:\\B) (?-u:\\<)"
        .split(" "),
      ..."(?s:.) (?R:.) (?x:a\tb) (?i)k (?i)é (?i-u:k) (?-u:\\d) (?-u:[a-c]) \\. \\- \\/ \\# \\t \\a \\f \\v \\r a|b|cd ^* (?:^){3} x{0}"
        .split(" "),
    ]
  ) {
    const mine = reading(text);
    const crate = crateHir(text);
    const shown = (hir: unknown): string =>
      JSON.stringify(
        hir,
        (_, value) =>
          value === Infinity ? "∞" : Array.isArray(value?.ranges) ? { ...value, ranges: plain(value.ranges) } : value,
      );
    // The crate joins single characters that are alternatives into a class.
    if (text !== "a|b|cd") assert.equal(shown(mine), shown(crate), text);
    else assert.ok(crate?.kind === "alternate");
  }
});

Deno.test("parsePattern() makes of a class the crate's set", () => {
  for (
    const text of [
      ..."[a] [^a] [a-c] []a] [^]a] [-a] [a-] [--a] [a-b-c] [\\]] [[:alpha:]] [[:^alpha:]] [^[:alpha:]] [[:foo:]] [[:alpha] [[.a.]] [a[b]c]"
        .split(" "),
      ..."[a-z&&[^aeiou]] [\\w--\\d] [a-c~~b-d] [a-z&&b-y--c] [^a-z&&b] [&&a] [a&&] [a&b] [\\pL\\PN] [\\d\\D] [\\x41-\\x{43}] (?i)[k] (?i)[^k]"
        .split(" "),
      ..."(?i)[a-z&&[k]] (?i)[[:upper:]--K] (?i)[^[:upper:]] (?i)\\pL (?i)\\p{Lu} (?i)\\P{Lu} \\p{Greek} \\P{sc!=Greek} \\p{sc:Greek} \\pL \\w \\W \\d \\S"
        .split(" "),
      ..."(?x)[\ta\tb-c] (?x)[a#b\tc\n] (?x)\\p{\tGreek\t} (?x)\\x{\t41} (?x)[a\t-\tz] (?x)[a-\t] (?x)[a-c\t-\t-b] (?x)[a-#x\nz] [\\t-\\r] [\\--/] [+--] [a-\\x{10ffff}] [\\x{d7ff}-\\x{e000}] (?-u:\\W)"
        .split(" "),
    ]
  ) {
    const crate = crateClass(text);
    if (crate === undefined) assert.equal(typeof reading(text), text.startsWith("(?-u") ? "object" : "string", text);
    else assert.deepEqual(classOf(reading(text)), plain(crate), text);
  }
});

Deno.test("parsePattern() makes of random classes the crate's sets", async () => {
  await checkRandom((random) => {
    const text = (random.oneIn(2) ? "(?i)" : "") + randomClass(random);
    const crate = crateClass(text);
    if (crate !== undefined && String(crate) !== "10,10") assert.deepEqual(classOf(reading(text)), plain(crate), text);
  }, { runs: 800 });
});

Deno.test("parsePattern() refuses what the crate refuses, and says what and where", () => {
  for (
    const [text, detail] of [
      ["(", `unclosed group: "(" (character 1)`],
      ["a)", `unopened group: ")" (character 2)`],
      ["[a", `unclosed character class: "[" (character 1)`],
      ["[", `unclosed character class: "[" (character 1)`],
      ["[]", `unclosed character class: "[" (character 1)`],
      ["*a", `repetition operator missing expression: "*" (character 1)`],
      ["(?i)+", `repetition operator missing expression: "+" (character 5)`],
      ["a|?", `repetition operator missing expression: "?" (character 3)`],
      ["(?)", `repetition operator missing expression: "(?)" (character 1)`],
      ["a{2", `unclosed counted repetition: "{2" (character 2)`],
      ["a{2,", `unclosed counted repetition: "{2," (character 2)`],
      ["a{2,3x}", `unclosed counted repetition: "{2,3" (character 2)`],
      ["a{,2}", `repetition quantifier expects a valid decimal: "{,2" (character 2)`],
      ["a{}", `repetition quantifier expects a valid decimal: "{" (character 2)`],
      ["a{4294967296}", `repetition quantifier expects a valid decimal: "{4294967296" (character 2)`],
      ["a{3,2}", `invalid repetition count range, the start must be <= the end: "{3,2" (character 2)`],
      ["(?=a)", `look-around, including look-ahead and look-behind, is not supported: "(?=" (character 1)`],
      ["(?<!a)b", `look-around, including look-ahead and look-behind, is not supported: "(?<!" (character 1)`],
      ["(a)\\1", `backreferences are not supported: "\\1" (character 4)`],
      ["\\012", `backreferences are not supported: "\\0" (character 1)`],
      ["\\Q", `unrecognized escape sequence: "\\Q" (character 1)`],
      ["\\é", `unrecognized escape sequence: "\\é" (character 1)`],
      ["a\\", `incomplete escape sequence: "\\" (character 2)`],
      ["\\x4", `incomplete escape sequence: "\\x4" (character 1)`],
      ["\\x{}", `hexadecimal literal is empty: "\\x{}" (character 1)`],
      ["\\xZZ", `invalid hexadecimal digit: "\\xZ" (character 1)`],
      ["\\x{d800}", `hexadecimal literal is not a Unicode scalar value: "\\x{d800}" (character 1)`],
      ["\\x{110000}", `hexadecimal literal is not a Unicode scalar value: "\\x{110000}" (character 1)`],
      ["\\p", `incomplete escape sequence: "\\p" (character 1)`],
      ["\\p{Foo}", `Unicode property not found: "\\p{Foo}" (character 1)`],
      ["\\p{^Greek}", `Unicode property not found: "\\p{^Greek}" (character 1)`],
      ["\\p\\d", `invalid Unicode character class: "\\p" (character 1)`],
      ["(?-u)\\pL", `Unicode not allowed here: "\\pL" (character 6)`],
      ["(?-u)[é]", `Unicode not allowed here: "é" (character 7)`],
      ["[z-a]", `invalid character class range, the start must be <= the end: "z-a" (character 2)`],
      ["[a-\\d]", `invalid range boundary, must be a literal: "a-\\d" (character 2)`],
      ["[\\b]", `invalid escape sequence found in character class: "\\b" (character 2)`],
      [
        "\\b{foo}",
        `unrecognized word boundary, valid are start, end, start-half and end-half: "\\b{foo}" (character 1)`,
      ],
      ["\\b{start", `unclosed brace after \\b, or an invalid character in it: "\\b{start" (character 1)`],
      ["(?z)", `unrecognized flag: "z" (character 3)`],
      ["(?i-)", `dangling flag negation: "-" (character 4)`],
      ["(?ii)", `duplicate flag: "i" (character 4)`],
      ["(?i-m-s)", `repeated flag negation: "-" (character 6)`],
      ["(?i", `unexpected end of flags: "i" (character 3)`],
      ["(?P<n", `unclosed capture group name: "n" (character 5)`],
      ["(?P<>a)", `empty capture group name: ">" (character 5)`],
      ["(?P<1>a)", `invalid capture group character: "1" (character 5)`],
      ["(?<n>a)(?<n>b)", `duplicate capture group name: "n>" (character 11)`],
      ["(?x)a # b", `unclosed comment: "# b" (character 7)`],
    ] as const
  ) {
    assert.equal(reading(text), detail, text);
    assert.ok(!takenByCrate(text), text);
  }
});

Deno.test("parsePattern() takes and refuses what the crate does, among all samples", () => {
  const texts = [...samples.caseless.map((text) => `(?i)${text}`), ...samples.plain];
  let taken = 0;
  for (const text of texts) {
    const pattern = normalizeGrep(text) ?? "";
    const mine = reading(pattern);
    // Line feeds and the crate's limits of another kind have their own tests; bytes that are not UTF-8 the crate cannot
    // search.
    if (/\\n|\\x0A|\n|\(\?-u|\{1000\}|\{100\}/.test(pattern)) continue;
    assert.equal(typeof mine === "object", takenByCrate(pattern), pattern);
    if (typeof mine === "object") taken += 1;
  }
  assert.ok(taken > 250, `${taken} taken`);
});

Deno.test("parsePattern() lets no pattern ask for a line feed alone; a class takes one, but for the dot", () => {
  for (const text of ["\\n", "a\\nb", "[\\n]", "\\x0A", "\\x{a}", "foo\nbar", "(?i)[\\n]", "(?-u:\\n)"]) {
    assert.match(String(reading(text)), /^the literal "\\n" is not allowed, since a message is one line: /, text);
  }
  for (const text of ["\\s", "[\\na]", "[^a]", "(?s).", "\\PL", "(?-u:[^a])", "\\W", "[\\s\\n]", ".", "(?R)."]) {
    const hir = reading(text);
    const ranges = typeof hir === "object" && hir.kind === "class" ? hir.ranges : [];
    assert.equal(contains(ranges, 10), !text.endsWith(".") || text === "(?s).", text);
  }
});

Deno.test("parsePattern() names the limit that a pattern goes beyond", () => {
  for (
    const [text, detail] of [
      ["a".repeat(MAX_PATTERN_LENGTH + 1), "the pattern is too long: 65537 characters, at most 65536 are allowed"],
      ["(".repeat(10_000) + ")".repeat(10_000), "the pattern is too deeply nested: at most 250 levels are allowed"],
      ["(?:".repeat(251) + ")".repeat(251), "the pattern is too deeply nested: at most 250 levels are allowed"],
      ["a" + "*".repeat(10_000), "the pattern is too deeply nested: at most 250 levels are allowed"],
      ["[".repeat(10_000), "the pattern is too deeply nested: at most 250 levels are allowed"],
      ["[\\w]".repeat(10_000), "the pattern is too big: its classes have more than the 200000 ranges that are allowed"],
      [
        "[" + "\\w--\\d".repeat(5_000) + "]",
        "the pattern is too big: its classes have more than the 200000 ranges that are allowed",
      ],
      [
        "(?i)" + "[\\x{0}-\\x{10FFFF}]".repeat(1_000),
        "the pattern is too big: its classes have more than the 200000 ranges that are allowed",
      ],
    ] as const
  ) {
    assert.equal(reading(text), detail);
  }
  assert.equal(typeof reading("(".repeat(250) + ")".repeat(250)), "object");
  assert.equal(typeof reading("[".repeat(250) + "a" + "]".repeat(250)), "object");
});

Deno.test("parsePattern() never throws anything but a PatternError, whatever the text", async () => {
  const bits = [
    ..."()[]{}|*+?^$\\.-&~#:<>=!,019abpPuUxQEi \t\n\ud800é",
    "(?",
    "(?P<",
    "[^",
    "[[:",
    ":]",
    "\\b{",
    "\\p{",
    "\\x{",
    "(?x)",
  ];
  await checkProperty(
    fc.array(fc.constantFrom(...bits), { maxLength: 8 }),
    (text) => void reading(text.join("")),
    { runs: 20_000 },
  );
});
