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

/** The verdicts of a matcher on messages, by the kernel. */
function verdictsOf(matcher: Matcher, messages: readonly string[]): number[] {
  const text = messages.map((message) => `2025-03-04T05:06:07Z stdout F ${message}\n`).join("");
  const { from, to } = place(kernel, encoder.encode(text), 0);
  kernel.setPlan(EVERY_LINE.bytes);
  const named = kernel.scanLines(from, to);
  assert.equal(named, messages.length);
  kernel.spansOfLines(named);
  matcher.beginSlice();
  assert.equal(matcher.judgeSpans(named), named);
  return messages.map((_, index) => kernel.spans[index * 3 + 2] ?? 0);
}

Deno.test("a table that was emptied in the kernel's memory and goes back to where it was has nothing of before", async () => {
  const pattern = "(?-u:a[ab]{13}c)";
  const other = matcherOf("\\d{3}");
  await checkRandom((random) => {
    const tested = matcherOf(pattern);
    const twin = matcherOf(pattern);
    const line = (): string =>
      Array.from({ length: 400 }, () => random.oneIn(1_000) ? "c" : random.pick(["a", "b"])).join("");
    const wanted = (text: string): boolean => twin.matches(encoder.encode(text), 0, text.length);
    // Some ten thousand states fill the table, once at least.
    for (let round = 0; round < 12; round++) {
      const lines = Array.from({ length: 8 }, line);
      const verdicts = lines.map((text) => wanted(text) ? VERDICT.yes : VERDICT.no);
      assert.deepEqual(verdictsOf(tested, lines), verdicts, `round ${round}`);
      verdictsOf(other, ["123", "no"]);
      // As long messages are judged: on the table where it is now.
      const long = Array.from({ length: 3 }, line);
      const answers = long.map((text) => tested.matches(encoder.encode(text), 0, text.length));
      assert.deepEqual(answers, long.map(wanted), `round ${round}`);
    }
  }, { runs: 5 });
});
