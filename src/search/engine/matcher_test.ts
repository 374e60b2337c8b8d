import assert from "#assert";
import illFormed from "../../../tests/search/ill_formed.json" with { type: "json" };
import { compileCrate } from "../../../tests/search/crate_twin.ts";
import { randomPattern, randomText, textNear } from "../../../tests/search/random_patterns.ts";
import { checkRandom } from "../../../tests/support/property.ts";
import { createRandom } from "../../../tests/support/random.ts";
import samples from "../../../tests/search/samples.json" with { type: "json" };
import { normalizeGrep } from "../syntax/grep.ts";
import { compileGrep, createMatcher, type Matcher } from "./matcher.ts";
import { parsePattern } from "../syntax/parse_pattern.ts";
import { PatternError } from "../syntax/pattern_error.ts";

const encoder = new TextEncoder();

function compile(pattern: string): Matcher {
  return createMatcher(parsePattern(pattern));
}

function isMatch(matcher: Matcher, bytes: Uint8Array): boolean {
  return matcher.matches(bytes, 0, bytes.length);
}

Deno.test("compileGrep() is undefined where there is nothing to filter", () => {
  assert.equal(compileGrep("  "), undefined);
});

Deno.test("compileGrep() names what is wrong with a pattern", () => {
  assert.throws(() => compileGrep("("), PatternError);
  assert.throws(() => compileGrep("("), /^PatternError: Invalid grep pattern: unclosed group: "\(" \(character 1\)$/);
  assert.throws(
    () => compileGrep("(a{1000}){1000}"),
    /: the pattern is too big: it takes 1000000 instructions, at most 20000 are allowed$/,
  );
});

Deno.test("matches() judges the range it is given and nothing around it", () => {
  const bytes = encoder.encode("xxfooxx");
  const matcher = compile("^foo$");
  assert.ok(matcher.matches(bytes, 2, 5));
  assert.ok(!matcher.matches(bytes, 0, 7));
  assert.ok(compile("\\bfoo\\b").matches(bytes, 2, 5));
  assert.ok(!compile("\\bfoo\\b").matches(bytes, 1, 6));
});

Deno.test("matches() gives the crate's verdict for every sample on every line", () => {
  const lines = [...samples.lines, "", "a".repeat(3000), "é".repeat(500)];
  const encoded = lines.map((line) => encoder.encode(line));
  let pairs = 0;
  for (const text of [...samples.caseless.map((pattern) => `(?i)${pattern}`), ...samples.plain]) {
    const pattern = normalizeGrep(text) ?? "";
    using crate = compileCrate(pattern);
    if (crate === undefined) continue;
    let matcher: Matcher | undefined;
    try {
      matcher = compile(pattern);
    } catch (error) {
      assert.ok(
        error instanceof PatternError && /^(the literal|unclosed comment)/.test(error.detail),
        `${pattern}: ${error}`,
      );
      continue;
    }
    for (const [index, line] of lines.entries()) {
      assert.equal(
        isMatch(matcher, encoded[index] ?? new Uint8Array()),
        crate.isMatch(line),
        `${pattern} in ${line.slice(0, 200)}`,
      );
      pairs += 1;
    }
  }
  assert.ok(pairs > 30_000, `${pairs} pairs`);
});

Deno.test("matches() and find() answer for ill-formed UTF-8 as the crate did when it was asked", () => {
  const haystacks = illFormed.haystacks.map((hex) =>
    Uint8Array.from({ length: hex.length / 2 }, (_, index) => Number.parseInt(hex.slice(2 * index, 2 * index + 2), 16))
  );
  for (const [pattern, row] of Object.entries(illFormed.matches)) {
    const matcher = compile(pattern);
    const expected = row.split(" ");
    assert.equal(expected.length, haystacks.length);
    for (const [index, bytes] of haystacks.entries()) {
      const found = matcher.find(bytes, 0, bytes.length);
      const shown = `${pattern} in ${illFormed.haystacks[index]}`;
      assert.equal(found === undefined ? "." : `${found.start}-${found.end}`, expected[index], shown);
      assert.equal(isMatch(matcher, bytes), found !== undefined, shown);
    }
  }
});

Deno.test("matches() sees nothing across ill-formed bytes: a pattern without places matches where it matches between two of them", async () => {
  await checkRandom((random) => {
    const pattern = randomPattern(random);
    if (/\\[bBAz<>]|\^|\$|\(\?-u/.test(pattern)) return;
    using crate = compileCrate(pattern);
    const hir = parsePattern(pattern);
    const matcher = createMatcher(hir);
    for (let count = 0; count < 20; count += 1) {
      const texts = [textNear(random, hir), randomText(random), textNear(random, hir)].map((text) =>
        text.replaceAll("\n", "").toWellFormed()
      );
      const bytes = texts.flatMap((
        text,
        index,
      ) => [
        ...(index === 0 ? [] : random.pick([[0xff], [0x80], [0xc3], [0xe2, 0x82], [0xed, 0xa0, 0x80]])),
        ...encoder.encode(text),
      ]);
      assert.equal(
        isMatch(matcher, Uint8Array.from(bytes)),
        texts.some((text) => crate?.isMatch(text)),
        `${pattern} in ${JSON.stringify(texts)}`,
      );
    }
  }, { runs: 300 });
});

Deno.test("judge() comes to the same verdict in time slices of any length, also when others use the matcher", async () => {
  await checkRandom((random) => {
    const hir = parsePattern(randomPattern(random));
    const matcher = createMatcher(hir);
    const bytes = encoder.encode(textNear(random, hir) + textNear(random, hir));
    const expected = isMatch(matcher, bytes);
    const judging = matcher.judge(bytes, 0, bytes.length);
    const steps = 1 + random.int(20);
    let verdict = judging.advance(steps);
    for (let slices = 0; verdict === undefined; slices += 1) {
      assert.ok(slices < 2000);
      isMatch(matcher, encoder.encode(randomText(random)));
      verdict = judging.advance(steps);
    }
    assert.equal(verdict, expected);
  }, { runs: 300 });
});

Deno.test("judge() goes on where another message has made the table start anew", () => {
  const matcher = compile("(?-u:a[ab]{13}c)");
  const random = createRandom(33);
  const bytes = Uint8Array.from({ length: 300_000 }, () => random.oneIn(2) ? 0x61 : 0x62);
  bytes[bytes.length - 1] = 0x63;
  bytes[bytes.length - 15] = 0x61;
  const judging = matcher.judge(bytes, 0, bytes.length);
  let verdict = judging.advance(100_000);
  for (let slices = 0; verdict === undefined; slices += 1) {
    assert.ok(slices < 500);
    isMatch(matcher, bytes.subarray(slices * 500, slices * 500 + 20_000));
    verdict = judging.advance(100_000);
  }
  assert.ok(verdict);
});

Deno.test("matches() stays right when the table is given up, and when it is tried again", () => {
  const matcher = compile("(?-u:a[ab]{13}c)");
  const random = createRandom(34);
  for (let time = 0; time < 40; time += 1) {
    const bytes = Uint8Array.from({ length: 50_000 }, () => random.oneIn(2) ? 0x61 : 0x62);
    assert.ok(!isMatch(matcher, bytes));
    bytes.set([0x61, ...bytes.subarray(101, 114), 0x63], 100);
    assert.ok(isMatch(matcher, bytes));
  }
});

Deno.test("find() prefers what the crate prefers, where what is repeated may be empty", () => {
  for (const item of ["a*", "a*?", "|a", "a|", "(?:a?)+", "(?:|b)|a", "a??", "\\b|a", "(?:a|b*?)"]) {
    for (const operator of ["*", "+", "?", "*?", "+?", "{2}", "{2,}", "{0,3}", "{1,2}?"]) {
      const pattern = `(?:${item})${operator}`;
      using crate = compileCrate(pattern);
      for (const text of ["", "a", "aaa", "ba", "bba", " aa"]) {
        const bytes = encoder.encode(text);
        const theirs = crate?.find(text);
        const shown = `${pattern} in ${text}`;
        assert.deepEqual(
          compile(pattern).find(bytes, 0, bytes.length),
          theirs && { start: theirs.start, end: theirs.end },
          shown,
        );
      }
    }
  }
});

Deno.test("find() prefers what the crate prefers", async () => {
  let found = 0;
  const runs = await checkRandom((random) => {
    const pattern = randomPattern(random);
    using crate = compileCrate(`(?:${pattern})`);
    const hir = parsePattern(pattern);
    const matcher = createMatcher(hir);
    for (let count = 0; count < 15; count += 1) {
      const text = textNear(random, hir).replaceAll("\n", "").toWellFormed();
      const bytes = encoder.encode(text);
      const theirs = crate?.find(text);
      const mine = matcher.find(bytes, 0, bytes.length);
      assert.deepEqual(
        mine,
        theirs && { start: theirs.start, end: theirs.end },
        `${pattern} in ${JSON.stringify(text)}`,
      );
      if (mine !== undefined) found += 1;
    }
  }, { runs: 250 });
  assert.ok(found > 4 * runs || runs < 250, `${found} found`);
});

Deno.test("find() looks from an offset on, and knows what is before it", () => {
  const bytes = encoder.encode("foo foobar foo");
  const matcher = compile("\\bfoo\\b");
  assert.deepEqual(matcher.find(bytes, 0, bytes.length), { start: 0, end: 3 });
  assert.deepEqual(matcher.find(bytes, 0, bytes.length, { from: 1 }), { start: 11, end: 14 });
  assert.equal(matcher.find(bytes, 0, bytes.length, { from: 12 }), undefined);
  assert.equal(compile("^oo").find(bytes, 0, bytes.length, { from: 1 }), undefined);
});
