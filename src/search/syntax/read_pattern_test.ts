import assert from "#assert";
import { RE2JS } from "re2js";
import { fromRe2 } from "./_from_re2.ts";
import { compileCrate } from "../../../tests/search/crate_twin.ts";
import { randomPattern, randomText, textNear } from "../../../tests/search/random_patterns.ts";
import { checkRandom } from "../../../tests/support/property.ts";
import type { Random } from "../../../tests/support/random.ts";
import type { Hir } from "./hir.ts";
import { createMatcher } from "../engine/matcher.ts";
import { parsePattern } from "./parse_pattern.ts";
import { PatternError } from "./pattern_error.ts";
import { readPattern } from "./read_pattern.ts";

const encoder = new TextEncoder();

function matches(hir: Hir, text: string): boolean {
  const bytes = encoder.encode(text);
  return createMatcher(hir).matches(bytes, 0, bytes.length);
}

Deno.test("readPattern() reads what only Go takes as Go reads it", () => {
  for (
    const [pattern, taken, left] of [
      [`{"n":\\d+`, `{"n":12`, `"n":12`],
      ["a{2", "a{2", "aa"],
      ["a{,2}", "a{,2}", "aa"],
      ["a{2}{", "aa{", "a{"],
      ["\\Qa.b\\E+{", "a.bb{", "axb{"],
      ["\\Q(a", "(a", "a"],
      ["\\Q<a>\\E{", "<a>{", "a{"],
      ["\\101{", "A{", "1{"],
      ["[\\101-\\103]", "B", "1"],
      ["[[a]", "[", "b"],
      ["[^[a]", "b", "["],
      ["[[&&]", "&", "x"],
      ["[[a-c&&x]", "x", "d"],
      ["[[+--]", ",", "."],
      ["[[:alpha:][]", "[", "1"],
      ["{[\\-[:^space:]]", "{x", "{ "],
      ["[[\\d]", "7", "٣"],
      ["[[\\D]", "٣", "7"],
      ["\\d{", "7{", "٣{"],
      ["\\w{", "a{", "é{"],
      ["\\s{", "\t{", "\v{"],
      ["\\ba{x", "éa{x", "ba{x"],
      ["\\<a{", "<a{", "a{"],
      ["\\p{^Greek}{", "a{", "α{"],
      ["\\P{^Greek}{", "α{", "a{"],
      ["(?P<1a>x)", "x", "y"],
      ["(?i)[[k]", "\u212a", "l"],
    ] as const
  ) {
    assert.equal(compileCrate(pattern), undefined, `the crate takes ${pattern}`);
    const go = RE2JS.compile(pattern);
    assert.deepEqual([go.test(taken), go.test(left)], [true, false], `${pattern} in Go`);
    const hir = readPattern(pattern);
    assert.deepEqual([matches(hir, taken), matches(hir, left)], [go.test(taken), false], pattern);
  }
});

Deno.test("readPattern() refuses with the crate's reason what neither takes", () => {
  for (
    const pattern of [
      "(",
      "\\8",
      "\\1",
      "a{3,2}",
      "(?=a)",
      "\\Z",
      "[z-a]",
      "*",
      "\\p{Foo}",
      "\\012",
      "(?P<n",
      "[[",
      // What only the crate takes, beside something that only Go takes.
      "(?x){",
      "(?x:a b){",
      "(?R)${",
      "(?-u:\\b){",
      "\\u0041{",
      "[\\u0041]{",
      "\\p{sc=Greek}{",
      "\\p{Alphabetic}{",
      "[[\\p{scx:Greek}]",
      "a**{",
      "a{2}{3}{",
      "a{1001}{",
      "{[[:al:pha:]]",
      "[[+-\\d]",
      "\\Q\\E*",
    ]
  ) {
    let expected = "";
    try {
      parsePattern(pattern);
    } catch (error) {
      expected = error instanceof PatternError ? error.message : `${error}`;
    }
    assert.notEqual(expected, "", pattern);
    assert.throws(() => readPattern(pattern), { name: "PatternError", message: expected });
  }
});

Deno.test("readPattern() has the crate's reading wherever there is one", () => {
  // A row for each known difference from Go: the pattern, a text, and who finds it there.
  for (
    const [pattern, text, ours, go] of [
      ["\\d", "٣", true, false],
      ["\\D", "٣", false, true],
      ["\\w", "é", true, false],
      ["\\s", "\u00a0", true, false],
      ["\\s", "\v", true, false],
      ["[\\d]", "४", true, false],
      ["\\bé", "é", true, false],
      ["x\\b", "xé", false, true],
      ["\\Bé", "xé", true, false],
      ["[[:word:]]", "é", false, false],
      ["\\<foo\\>", "foo", true, false],
      ["\\<foo\\>", "<foo>", true, true],
      ["\\b{start}foo", "foo", true, false],
      ["[a-c~~b-d]", "b", false, true],
      ["[a-z&&[^aeiou]]", "b]", true, true],
      ["[a-z&&[^aeiou]]", "a]", false, true],
      ["[[.a.]]", "a", true, false],
      ["[[.a.]]", "a]", true, true],
      ["[--/]", ".", false, true],
      ["(?i)k", "\u212a", true, true],
      ["(?i)ß", "ẞ", true, true],
      ["(?i)ß", "ss", false, false],
      ["(?i)i", "İ", false, false],
      ["\\pL", "é", true, true],
      [".", "\r", true, true],
    ] as const
  ) {
    using crate = compileCrate(pattern);
    assert.equal(crate?.isMatch(text), ours, `${pattern} in the crate`);
    assert.equal(matches(readPattern(pattern), text), ours, pattern);
    assert.equal(RE2JS.compile(pattern).test(text), go, `${pattern} in Go`);
  }
});

Deno.test("fromRe2() leaves alone what means the same to both", () => {
  for (
    const pattern of [
      "a.b",
      "(?i)foo|bar",
      "a{2}b{2,}c{2,3}",
      "[a-z]+",
      "[^]a]",
      "\\.\\*",
      "\\p{Greek}",
      "\\x41\\x{e9}",
      "^a$",
      "(?P<n>a)",
    ]
  ) {
    assert.equal(fromRe2(pattern), pattern);
  }
});

/** Pieces that the crate refuses, and Go, by itself, takes. */
const GO_PIECES = [
  "{",
  "{2",
  "{,2}",
  "{a}",
  "\\Qa.b[\\E",
  "\\Q+é\\E",
  "[[a]",
  "[a[.]",
  "[[:alpha:][]",
  "[[&&]",
  "[[\\d\\S]",
  "\\101",
  "\\p{^Greek}",
  "\\<{",
  "{\\d",
  "{\\b",
];

/** A random pattern with pieces in it that only Go takes. */
function randomGoPattern(random: Random): string {
  const pieces = [...randomPattern(random)];
  for (let count = 0; count < 2; count += 1) {
    pieces.splice(random.int(pieces.length + 1), 0, random.pick(GO_PIECES));
  }
  return pieces.join("");
}

Deno.test("readPattern() agrees with Go on random patterns that only Go takes", async () => {
  let pairs = 0;
  const runs = await checkRandom((random) => {
    const pattern = randomGoPattern(random);
    using crate = compileCrate(pattern);
    // Unicode has grown between the two, and letters that one does not know yet differ.
    if (crate !== undefined || /\\P|\[\^|\\[DSW]|:\^|\\p\{\^/.test(pattern)) return;
    const [hir, go] = [attempt(() => readPattern(pattern)), attempt(() => RE2JS.compile(pattern))];
    if (hir === undefined || go === undefined) return;
    const matcher = createMatcher(hir);
    for (let count = 0; count < 20; count += 1) {
      const text = (count % 2 === 0 ? textNear(random, hir) : randomText(random)).replaceAll("\n", "");
      const bytes = encoder.encode(text);
      assert.equal(matcher.matches(bytes, 0, bytes.length), go.test(text), `${pattern} in ${JSON.stringify(text)}`);
      pairs += 1;
    }
  }, { runs: 600 });
  assert.ok(pairs > 3 * runs || runs < 600, `${pairs} pairs`);
});

Deno.test("readPattern() refuses random patterns that neither takes", async () => {
  let refused = 0;
  const runs = await checkRandom((random) => {
    const pattern = randomGoPattern(random);
    // The name came to Go after this copy of its engine was made.
    if (pattern.includes("{ASCII}")) return;
    using crate = compileCrate(pattern);
    // Go limits the product of nested counts; here the size of the program is limited.
    if (crate !== undefined || !/^(?!.*invalid repeat count)./s.test(goRefusal(pattern))) return;
    assert.throws(() => readPattern(pattern), PatternError, pattern);
    refused += 1;
  }, { runs: 600 });
  assert.ok(runs < 600 || refused > 50, `${refused} refused`);
});

/** The message with which Go's engine refuses a pattern; empty where it takes it. */
function goRefusal(pattern: string): string {
  try {
    RE2JS.compile(pattern);
    return "";
  } catch (error) {
    return String(error);
  }
}

function attempt<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
