import assert from "#assert";
import { kernel, VERDICT } from "../../src/kernel/kernel.ts";
import { createMatcher, type Matcher } from "../../src/search/engine/matcher.ts";
import { EVERY_LINE } from "../../src/search/plan/kernel_plan.ts";
import { readPattern } from "../../src/search/syntax/read_pattern.ts";
import { checkRandom } from "../support/property.ts";
import { place } from "./_builds.ts";

const PATTERNS = [
  "\\d{3}",
  "(?i)[45]\\d\\d",
  "^x|y$",
  "\\bword\\b",
  "(?i)k\\w+s",
  "\\p{Greek}+",
  "",
  "^$",
  "(a|b)*c",
  "\\B\\d",
  "[^a-z]{4}",
  "(?i)straße",
  "(x+x+)+y",
];
const WORDS = [
  "word",
  "123",
  "45",
  "x",
  "xxxx",
  "y",
  "aabc",
  "Ελλάδα",
  "STRASSE straße",
  "tas\u212a",
  "é",
  " ",
  "\u{1f600}",
  "\xff",
  "no",
];
const encoder = new TextEncoder();

function matcherOf(pattern: string): Matcher {
  return createMatcher(readPattern(pattern));
}

Deno.test("judgeSpans() gives each message of each line the verdict that matches() gives it, whatever the table holds", async () => {
  // Two of each, so that one is fresh where the other has seen many lines; and all take turns on the one table.
  const matchers = PATTERNS.map((pattern) => [matcherOf(pattern), matcherOf(pattern)] as const);
  await checkRandom((random) => {
    const lines = Array.from({ length: random.int(40) }, () => {
      const text = Array.from({ length: random.int(8) }, () => random.pick(WORDS)).join(random.pick(["", " "]));
      const header = random.pick(["2025-03-04T05:06:07.123456789Z", "2025-03-04T05:06:07Z", "no-time", ""]);
      const message = [...encoder.encode(text)].map((byte) => random.oneIn(50) ? 0xff : byte);
      return [...encoder.encode(`${header} stdout F `), ...message];
    });
    const [tested, twin] = random.pick(matchers);
    const { from, to } = place(kernel, Uint8Array.from(lines.flatMap((line) => [...line, 0x0a])), random.int(20));
    kernel.setPlan(EVERY_LINE.bytes);
    const named = kernel.scanLines(from, to);
    assert.equal(named, lines.length);
    kernel.spansOfLines(named);
    tested.beginSlice();
    assert.equal(tested.judgeSpans(named, { backward: random.oneIn(2) }), named);
    for (const [index, line] of lines.entries()) {
      const { spans } = kernel;
      const start = (spans[index * 3] ?? 0) - kernel.lineStart(index);
      const bytes = Uint8Array.from(line);
      assert.equal(start, Math.min(line.indexOf(0x20) + 10, line.length), `line ${index}`);
      const wanted = twin.matches(bytes, start, bytes.length) ? VERDICT.yes : VERDICT.no;
      assert.equal(spans[index * 3 + 2], wanted, `line ${index}: ${new TextDecoder().decode(bytes)}`);
    }
    const kept = kernel.keepMatchingLines(named);
    assert.equal(
      kept,
      Array.from({ length: named }, (_, index) => kernel.spans[index * 3 + 2]).filter((verdict) =>
        verdict === VERDICT.yes
      ).length,
    );
  }, { runs: 300 });
});
