import assert from "#assert";
import { kernelPlan, writingIn } from "../../src/search/plan/kernel_plan.ts";
import { literalNeedle, type Needle, type Unit } from "../../src/search/plan/needle.ts";
import { planOf } from "../../src/search/plan/plan.ts";
import { readPattern } from "../../src/search/syntax/read_pattern.ts";
import { EVERY_LINE } from "../../src/search/plan/kernel_plan.ts";
import type { Kernel } from "../../src/kernel/kernel.ts";
import { isFingerprintAt } from "../support/naive_fingerprint.ts";
import { checkRandom } from "../support/property.ts";
import { BUILDS, latin1, place } from "./_builds.ts";

/** The kinds of plans for several needles: by both nibbles of three bytes, by the low ones of three, and of four. */
const BOTH_NIBBLES = 2;
const LOW_NIBBLES = 3;
const FOUR_LOW_NIBBLES = 5;
const PADDINGS = Array.from({ length: 35 }, (_, padding) => padding);

/** The lines that the kernel names, as texts. */
function namedLines(build: Kernel, { from, to }: { from: number; to: number }): string[] {
  const count = build.scanLines(from, to);
  assert.equal(build.scannedTo(), to);
  const decoder = new TextDecoder("latin1");
  return Array.from(
    { length: count },
    (_, line) => decoder.decode(build.memory.subarray(build.lineStart(line), build.lineEnd(line))),
  );
}

/** A line as {@linkcode namedLines} shows it. */
function asNamed(line: string): string {
  return new TextDecoder("latin1").decode(new TextEncoder().encode(line));
}

function planFor(pattern: string): Uint8Array {
  const plan = planOf(readPattern(pattern));
  assert.equal(plan.kind, "needles");
  return kernelPlan(plan, "cri").bytes;
}

/** The plans for a pattern that find it by one of its texts, of each kind that there is. */
function plansFor(pattern: string): readonly Uint8Array[] {
  const { bytes, others } = kernelPlan(planOf(readPattern(pattern)), "cri");
  const plans = [bytes, ...others()];
  assert.deepEqual([...new Set(plans.map(([kind]) => kind))].sort(), [BOTH_NIBBLES, LOW_NIBBLES, FOUR_LOW_NIBBLES]);
  return plans;
}

function plansOfNeedles(needles: readonly Needle[]): readonly Uint8Array[] {
  const plan = { kind: "needles", needles, exact: true, required: [], because: "the test says so" } as const;
  const { bytes, others } = kernelPlan(plan, "cri");
  return [bytes, ...others()];
}

for (const [name, build] of BUILDS) {
  Deno.test(`the kernel (${name}) names every line that is not empty, wherever it lies`, () => {
    build.setPlan(EVERY_LINE.bytes);
    const seeds = [
      "",
      "\n",
      "a",
      "a\n",
      "\n\na\n\n",
      "a\nb",
      "x".repeat(15) + "\n" + "y".repeat(16) + "\n",
      ("line " + "z".repeat(61) + "\n").repeat(5),
    ];
    for (const seed of seeds) {
      for (const padding of PADDINGS) {
        assert.deepEqual(
          namedLines(build, place(build, seed, padding)),
          seed.split("\n").filter((line) => line !== ""),
          `${JSON.stringify(seed)} at ${padding}`,
        );
      }
    }
  });

  Deno.test(`the kernel (${name}) stops where its table of lines is full, and goes on from there`, () => {
    build.setPlan(EVERY_LINE.bytes);
    const text = "a\n".repeat(40_000);
    const { from, to } = place(build, text);
    let lines = 0;
    for (let at = from; at < to; at = build.scannedTo()) lines += build.scanLines(at, to);
    assert.equal(lines, 40_000);
  });

  Deno.test(`the kernel (${name}) finds a needle wherever it lies`, () => {
    for (const needle of ["a", "ab", "error", "x".repeat(40), "qz", "\u00e9t\u00e9"]) {
      build.setPlan(planFor(`(?i)${needle}`));
      const bytes = [...new TextEncoder().encode(needle)].map((byte) => String.fromCharCode(byte)).join("");
      for (const padding of PADDINGS) {
        for (const before of [0, 1, 14, 15, 16, 63, 64, 65]) {
          const line = "-".repeat(before) + bytes + "-".repeat(padding);
          const text = `${"_".repeat(padding)}\n${line}\n${"_".repeat(before)}`;
          assert.deepEqual(
            namedLines(build, place(build, latin1(text), padding)),
            [line],
            `${needle} behind ${before} at ${padding}`,
          );
        }
      }
    }
  });

  Deno.test(`the kernel (${name}) finds k and s in the forms that are not ASCII, too`, () => {
    build.setPlan(planFor("(?i)task"));
    const texts = ["tasK", "ta\u017fk", "TAS\u212a", "ta\u017f\u212a", "tas", "tak", "ta\u017f", "tas\u2126"];
    const { from, to } = place(build, texts.join("\n"));
    const count = build.scanLines(from, to);
    assert.equal(count, 4);
  });

  Deno.test(`the kernel (${name}) names the lines that a naive search finds`, async () => {
    await checkRandom((random) => {
      const letters = random.pick(["ab", "abcxyz", "abcdefghijklmnopqrstuvwxyz 0123456789"]);
      const word = (most: number): string =>
        Array.from({ length: 1 + random.int(most) }, () => random.pick([...letters])).join("");
      const needles = Array.from({ length: random.pick([1, 1, 2, 3, 9, 20]) }, () => word(6));
      const plans = plansOfNeedles(needles.map((needle) => literalNeedle([...latin1(needle)])));
      const text = Array.from({ length: random.int(30) }, () => random.oneIn(4) ? "" : word(90)).join("\n");
      const placed = place(build, text, random.int(35));
      for (const plan of plans) {
        build.setPlan(plan);
        assert.deepEqual(
          namedLines(build, placed),
          text.split("\n").filter((line) => needles.some((needle) => line.includes(needle))),
          `${needles} by ${plan[0]}`,
        );
      }
    }, { runs: 300 });
  });

  Deno.test(`the kernel (${name}) finds several needles, whichever of their bytes it tells them by, wherever they lie`, () => {
    const needles = ["flux-capacitor", "oomkilled", "kiosk-z", "lock", "toss"];
    const plans = plansFor(`(?i)${needles.join("|")}`);
    const forms = [
      ...needles,
      "OOM\u212aILLED",
      "OOM\u212aILLED",
      "\u212aiosk-z",
      "ki\u00d8sk-z",
      "kio\u017f\u212a-z",
      "LOC\u212a",
      "to\u017fS",
      "TOs\u017f",
    ];
    const found = forms.filter((form) => new RegExp(`^(?:${needles.join("|")})$`, "iu").test(form));
    assert.equal(found.length, forms.length - 1);
    for (const plan of plans) {
      build.setPlan(plan);
      for (const form of forms) {
        const bytes = [...new TextEncoder().encode(form)].map((byte) => String.fromCharCode(byte)).join("");
        for (const padding of PADDINGS) {
          for (const before of [0, 1, 2, 3, 61, 62, 63, 64, 65, 130]) {
            const line = "-".repeat(before) + bytes + "-".repeat(padding);
            const text = `${"_".repeat(padding)}\n${line}\n${"_".repeat(before)}`;
            assert.deepEqual(
              namedLines(build, place(build, latin1(text), padding)),
              found.includes(form) ? [asNamed(`${"-".repeat(before)}${form}${"-".repeat(padding)}`)] : [],
              `${form} behind ${before} at ${padding} by ${plan[0]}`,
            );
          }
        }
      }
    }
  });

  Deno.test(`the kernel (${name}) names the lines that a naive search finds, of needles with k and s in any form`, async () => {
    let lowNibbles = 0;
    const runs = await checkRandom((random) => {
      const character = (): string => random.pick([..."kksszq~^"]);
      const word = (length: number): string => Array.from({ length }, character).join("");
      const needles = Array.from(
        { length: 2 + random.int(4) },
        () => word(4 + random.int(8)) + random.pick([..."zq~^"]),
      );
      const unit = (letter: string): Unit =>
        letter === "k" || letter === "s" ? letter : { value: letter.charCodeAt(0), fold: 0 };
      const plans = plansOfNeedles(needles.map((needle) => [...needle].map(unit)));
      if (plans[0]?.[0] === LOW_NIBBLES) lowNibbles++;
      const form = (letter: string): string =>
        letter === "k"
          ? random.pick(["k", "K", "\u212a"])
          : letter === "s"
          ? random.pick(["s", "S", "\u017f"])
          : letter;
      const part = (): string => {
        const text = random.oneIn(3) ? random.pick(needles) : word(random.int(20));
        return [...text].map(form).join("");
      };
      const lines = Array.from({ length: random.int(30) }, () => part() + part() + part());
      const placed = place(build, lines.join("\n"), random.int(35));
      const plain = (line: string): string => line.replaceAll("\u212a", "k").replaceAll("\u017f", "s").toLowerCase();
      const wanted = lines.filter((line) => needles.some((needle) => plain(line).includes(needle)));
      for (const plan of plans) {
        build.setPlan(plan);
        assert.deepEqual(namedLines(build, placed), wanted.map(asNamed), `${needles} by ${plan[0]}`);
      }
    }, { runs: 300 });
    assert.ok(runs < 300 || lowNibbles > 40 && lowNibbles < 260, `${lowNibbles} times by low nibbles`);
  });

  Deno.test(`the kernel (${name}) names the lines in which a fingerprint is, and of ASCII no others`, async () => {
    let named = 0;
    const runs = await checkRandom((random) => {
      const pattern = random.pick([
        "[xyz]\\d\\d[qjk]",
        "(\\d{1,3}\\.){3}\\d{1,3}:",
        "[!~^@;]{3}",
        "[!~^@;](?:[xq]{5}|\\d{3})[!~^@;]",
        "[!~^@;](?:\\d|[xq]\\d|)[!~^@;]",
      ]);
      const format = random.pick(["cri", "docker"] as const);
      const plan = planOf(readPattern(pattern), writingIn(format));
      if (plan.kind !== "fingerprint") throw new assert.AssertionError({ message: `${pattern} has no fingerprint` });
      build.setPlan(kernelPlan(plan, format).bytes);
      const character = (): string => random.pick([..."xxqq11200..::~~^^- \u0663\u00b2"]);
      const word = (most: number): string => Array.from({ length: random.int(most) }, character).join("");
      const text = Array.from({ length: random.int(30) }, () => word(90)).join("\n");
      const found = namedLines(build, place(build, text, random.int(35)));
      const lines = text.split("\n").map((line) => String.fromCharCode(...new TextEncoder().encode(line)));
      const wanted = lines.filter((line) =>
        latin1(line).some((_, at, bytes) => isFingerprintAt(plan.fingerprint, bytes, at))
      );
      assert.deepEqual(found.filter((line) => wanted.includes(line)), wanted, `lost by ${pattern}`);
      // A fingerprint's bytes are looked up by their nibbles; of what is not ASCII, nothing else is known.
      const others = found.filter((line) => !wanted.includes(line) && /^[\0-\x7f]*$/.test(line));
      assert.deepEqual(others, [], `too many by ${pattern}`);
      named += found.length;
    }, { runs: 300 });
    assert.ok(named > runs || runs < 300, `${named} lines`);
  });

  Deno.test(`the kernel (${name}) finds no fingerprint that begins in one line and ends in the next`, () => {
    const plan = planOf(readPattern("[!~^]\\s[!~^]"));
    assert.equal(plan.kind, "fingerprint");
    build.setPlan(kernelPlan(plan, "cri").bytes);
    assert.deepEqual(namedLines(build, place(build, "a!\n~b\na! ~b\n")), ["a! ~b"]);
  });

  Deno.test(`the kernel (${name}) finds a fingerprint wherever it lies, also at the end of what is searched`, () => {
    const plan = planOf(readPattern("(\\d{1,3}\\.){3}\\d{1,3}:"));
    build.setPlan(kernelPlan(plan, "cri").bytes);
    for (const padding of PADDINGS) {
      for (
        const [line, count] of [["10.2.3.4:", 1], ["10.2.3.234:", 1], ["10.2.3.2345:", 0], ["10.2.3.23", 0]] as const
      ) {
        const before = "-".repeat(padding);
        assert.equal(
          namedLines(build, place(build, `${before}${line}`, padding)).length,
          count,
          `${line} at ${padding}`,
        );
        assert.equal(
          namedLines(build, place(build, `${line}${before}\n:`, padding)).length,
          count,
          `${line} before ${padding}`,
        );
      }
    }
  });
}
