/**
 * What a match must hold beside what it is found by: no line that matches is left out, whichever text it is found by.
 *
 * @module
 */
import assert from "#assert";
import { createMatcher } from "../../src/search/engine/matcher.ts";
import { kernelPlan, writingIn } from "../../src/search/plan/kernel_plan.ts";
import { planOf } from "../../src/search/plan/plan.ts";
import { compilePattern } from "../../src/search/search.ts";
import type { Hir } from "../../src/search/syntax/hir.ts";
import { parsePattern } from "../../src/search/syntax/parse_pattern.ts";
import type { Kernel } from "../../src/kernel/kernel.ts";
import { checkRandom } from "../support/property.ts";
import type { Random } from "../support/random.ts";
import { patternOfWords, randomPattern, textNear } from "../search/random_patterns.ts";
import { BUILDS, place } from "./_builds.ts";

/** The lines that are found by a plan, as they are in the text. */
function named(build: Kernel, lines: readonly string[], padding: number): readonly number[] {
  const encoder = new TextEncoder();
  const { from, to } = place(build, lines.join("\n"), padding);
  const starts: number[] = [];
  let start = from;
  for (const line of lines) {
    starts.push(start);
    start += encoder.encode(line).length + 1;
  }
  const count = build.scanLines(from, to);
  return Array.from({ length: count }, (_, line) => starts.indexOf(build.lineStart(line)));
}

/** A message as Docker writes it, or as others may write JSON: any of its characters as an escape. */
function dockerLine(random: Random, message: string): string {
  const text = [...JSON.stringify(`${message}\n`).slice(1, -1)].map((character) =>
    character !== "\\" && random.oneIn(40)
      ? [...character].map((_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`).join("")
      : character
  ).join("");
  // Escapes that JSON has already made must stay whole.
  const whole = /\\(?!u)/.test(text) ? JSON.stringify(`${message}\n`).slice(1, -1) : text;
  return `{"log":"${whole}","stream":"stdout","time":"2025-03-04T05:06:07.123456789Z"}`;
}

const ODD_HEADERS = ["2025-03-04T05:06:07.123456789Z stdout F ", "2025-03-04T05:06:07.12+02:00 stderr P ", ""];

Deno.test("both kernels name each line that matches, whatever its text is found by, and by all that is required", async () => {
  let left = 0;
  let required = 0;
  const runs = await checkRandom((random) => {
    const pattern = random.oneIn(4) ? randomPattern(random) : (random.oneIn(2) ? "(?i)" : "") + patternOfWords(random);
    const hir: Hir = parsePattern(pattern);
    const matcher = createMatcher(hir);
    const format = random.pick(["cri", "docker"] as const);
    const plan = kernelPlan(planOf(hir, writingIn(format)), format);
    if (plan.bytes[0] === 0) return;
    if (plan.required[0] !== 0) required++;
    const messages = Array.from(
      { length: 8 },
      () => (random.oneIn(2) ? textNear(random, hir) : textNear(random, hir) + textNear(random, hir)).toWellFormed(),
    ).filter((message) => !/[\n\r]/.test(message));
    const lines = messages.map((message) =>
      format === "cri" ? random.pick(ODD_HEADERS) + message : dockerLine(random, message)
    );
    const wanted = messages.flatMap((message, line) => {
      const text = new TextEncoder().encode(message);
      return matcher.matches(text, 0, text.length) ? [line] : [];
    });
    for (const [name, build] of BUILDS) {
      for (const bytes of [plan.bytes, ...plan.others()]) {
        build.setPlan(bytes, plan.required);
        const found = named(build, lines, random.int(35));
        build.setPlan(bytes);
        const byTextAlone = named(build, lines, 0);
        left += byTextAlone.length - found.length;
        for (const line of found) assert.ok(byTextAlone.includes(line));
        for (const line of wanted) {
          assert.ok(found.includes(line), `${JSON.stringify(pattern)} lost ${JSON.stringify(lines[line])} (${name})`);
        }
      }
    }
  }, { runs: 1000 });
  assert.ok(runs < 1000 || required > 150 && left > 150, `${required} with more required, ${left} lines left out`);
});

for (const [name, build] of BUILDS) {
  Deno.test(`the kernel (${name}) leaves out a line that lacks one of the texts, or has them in another order`, () => {
    for (
      const [pattern, line, isNamed] of [
        ["error.*timeout", "an error, then a timeout", true],
        ["error.*timeout", "a timeout, then an error", false],
        ["error.*timeout", "an error and nothing else", false],
        ["(error|fatal).*(disk|net).*code=5", "fatal net code=5", true],
        ["(error|fatal).*(disk|net).*code=5", "fatal code=5 net", false],
        ["(abc)+x?(abc){2,}", "abcabcabc", true],
        ["(one.*two)+three", "one two three", true],
        ["(one.*two){2}three", "one two one two three", true],
        ["(one.*two){2}three", "one two three", false],
      ] as const
    ) {
      const { bytes, required, others } = kernelPlan(planOf(parsePattern(pattern)), "cri");
      for (const plan of [bytes, ...others()]) {
        build.setPlan(plan, required);
        assert.deepEqual(named(build, ["before", line, "behind"], 3), isNamed ? [1] : [], `${pattern} in ${line}`);
      }
    }
  });

  Deno.test(`the kernel (${name}) counts the lines that it tries, and those that a plan asks for`, () => {
    const { bytes, required } = kernelPlan(planOf(parsePattern("error.*timeout")), "cri");
    build.setPlan(bytes, required);
    const { from, to } = place(build, "error\ntimeout\nerror timeout\nnothing\n", 5);
    assert.equal(build.scanLines(from, to), 1);
    const tried = build.linesTried();
    assert.equal(tried, 2);
    assert.equal(build.countLines(from, to), 2);
  });

  Deno.test(`the kernel (${name}) counts what is like a part of a text by low nibbles alone`, () => {
    const { bytes, others } = kernelPlan(planOf(parsePattern("(?i)fuee|flux-capacitor")), "cri");
    // The low nibbles of "fue" are those of 655.
    const { from, to } = place(build, "655 655 65 fue. 665\n", 5);
    const counts = [bytes, ...others()].map((plan) => {
      build.setPlan(plan);
      assert.equal(build.countLines(from, to), 0);
      return [plan[0], build.comparisons()];
    });
    const isScalar = name === "no SIMD";
    assert.deepEqual(counts.slice(0, 3).sort(), [[2, 1], [3, isScalar ? 1 : 3], [5, isScalar ? 1 : 0]]);
  });

  Deno.test(`the kernel (${name}) finds what is required in any part of a line that is no record of a runtime`, () => {
    const { plain } = compilePattern("error.*timeout").kernelPlans;
    build.setPlan(plain.bytes, plain.required);
    const line = "2025-03-04T05:06:07.123456789Z error: timeout of the disk";
    assert.deepEqual(named(build, [line], 7), [0]);
  });

  for (
    const line of [
      // Each has a Z and a blank where the time that runtimes write ends.
      "2025-03-04T05:06:07Z stdout FZ error: timeout",
      "2025-03-04T05:06:07.12Z abcdeZ F error: timeout",
      "2025-03-04 stdout F error xxZ timeout",
    ]
  ) {
    Deno.test(`the kernel (${name}) finds the message behind a shorter time: ${line}`, () => {
      const { cri } = compilePattern("error.*timeout").kernelPlans;
      build.setPlan(cri.bytes, cri.required);
      assert.deepEqual(named(build, [line], 7), [0]);
      build.spansOfLines(1);
      const [start = 0] = build.spans;
      assert.equal(start - build.lineStart(0), line.indexOf(" ") + 10);
    });
  }
}

for (const [name, build] of BUILDS) {
  for (
    const [pattern, log, isNamed] of [
      ["zebra", "a zebra", true],
      ["zebra", "a \\u007aebra", true],
      ["zebra", "a \\u001b[32mhorse\\u003c\\u003E\\u0026\\u0009", false],
      ["zebra.*horse", "zebra \\u001b[32m", false],
      ["zebra.*horse", "zebra \\u0068orse", true],
      ["zebra.*horse|cow|pig", "zebra \\u001b[32mhorse", true],
      ["cow|pig", "\\u001b[32mhorse", false],
      ["cow|pig", "\\u0063ow", true],
      ["[xyz][qjk][wvz]", "\\u001b[32mhorse", false],
      ["[xyz][qjk][wvz]", "\\u0078qw", true],
      ["zebra<horse", "zebra\\u003chorse", true],
      ["zebra<horse", "zebra<horse", true],
      ["zebra\\thorse", "zebra\\u0009horse", true],
      ["zebra\\thorse", "zebra\\thorse", true],
      ["zebra\\shorse", "zebra\\nhorse", true],
      ["zebra=\\d{3}", "zebra=12", false],
      ["zebra=\\d{3}", "zebra=12 zebra=123", true],
      ["zebra=\\d{3}", "zebra=1\\u00312", true],
      ["zebra=\\d{3}", "zebra=1\u0663", true],
      ['zebra=\\d[\\d"]x', 'zebra=1\\"x', true],
      ['zebra=\\d[\\d"]x', "zebra=x", false],
      ["zebra=\\d.*cow", "zebra= cow zebra=1", false],
      ["zebra=\\d.*cow", "zebra= zebra=1 cow", true],
      ["zebra/horse", "horse zebra", false],
      ["zebra/horse", "zebra\\/horse", true],
    ] as const
  ) {
    Deno.test(`the kernel (${name}) ${isNamed ? "names" : "leaves out"} ${log} of Docker's for ${pattern}`, () => {
      const { bytes, required, others } = compilePattern(pattern).kernelPlans.docker;
      for (const plan of [bytes, ...others()]) {
        build.setPlan(plan, required);
        const line = `{"log":"${log}\\n","stream":"stdout","time":"2025-03-04T05:06:07.123456789Z"}`;
        for (let padding = 0; padding < 20; padding++) {
          assert.deepEqual(named(build, [line, "nothing"], padding), isNamed ? [0] : [], `${padding}`);
        }
      }
    });
  }
}

for (const [name, build] of BUILDS) {
  for (
    const [pattern, line, from] of [
      ["took=\\d{4}", "xx took=12 took=1234", "took=1234"],
      ["took=\\d{4}", "nothing, took=1٣x", "took=1٣"],
      ["(?i)took=\\d{4}", "xx TOOk=1234", "xx TOOk=1234"],
      ["\\btook=\\d{4}", "xx took=1234", "xx took=1234"],
      ["^took=\\d{4}", "xx took=1234", "xx took=1234"],
      ["[qz] took=\\d{4}", "xz took=1234", "xz took=1234"],
      ["F took=\\d{4}", "took=1234 F took=1234", "took=1234 F took=1234"],
    ] as const
  ) {
    Deno.test(`a message is judged from the text on that each match begins with: ${pattern} (${name})`, () => {
      const { bytes } = compilePattern(pattern).kernelPlans.cri;
      build.setPlan(bytes);
      const header = "2025-03-04T05:06:07.123456789Z stdout F ";
      assert.deepEqual(named(build, [header + line], 3), [0]);
      build.spansOfLines(1);
      const [start = 0] = build.spans;
      assert.equal(start - build.lineStart(0), header.length + line.indexOf(from));
    });
  }
}

Deno.test("a text with a line feed, which begins in one line and ends in the next, is no match without a verdict", () => {
  const isExact = (pattern: string): boolean => compilePattern(pattern).kernelPlans.cri.exact;
  assert.deepEqual(["a[\\n ]20", "a[\\n*]20", "a[x ]20"].map(isExact), [false, false, true]);
});

Deno.test("no plan is larger than its place, where each unit of its texts is two in JSON", () => {
  for (const pattern of ['[abcd][efgh][ijk]"{44}', 'x.*[abcd][efgh][ijk]"{44}', '"{200}', '(a|"{60}b)"{30}.*x"{40}']) {
    const { kernelPlans } = compilePattern(pattern);
    for (const { bytes, required, others } of [kernelPlans.cri, kernelPlans.docker]) {
      for (const plan of [bytes, ...others()]) BUILDS[0]?.[1].setPlan(plan, required);
    }
  }
});
