import assert from "#assert";
import { isFingerprintAt } from "../../../tests/support/naive_fingerprint.ts";
import { randomPattern, textNear } from "../../../tests/search/random_patterns.ts";
import { checkRandom } from "../../../tests/support/property.ts";
import { createMatcher } from "../engine/matcher.ts";
import { writingIn } from "./kernel_plan.ts";
import { isClassUnit, isPlainByte, type Needle } from "./needle.ts";
import { parsePattern } from "../syntax/parse_pattern.ts";
import { planOf } from "./plan.ts";
import { normalizeGrep } from "../syntax/grep.ts";
import { readPattern } from "../syntax/read_pattern.ts";

/**
 * A needle as text: letters in either case in lower case, k and s in angle brackets, and a class as the number of its
 * characters, in braces.
 */
function shown(needle: Needle): string {
  const bytes = needle.flatMap((unit) => {
    if (isPlainByte(unit)) return [unit.value];
    const text = isClassUnit(unit) ? `{${unit.characters.filter((taken) => taken === 1).length}}` : `<${unit}>`;
    return [...new TextEncoder().encode(text)];
  });
  return new TextDecoder().decode(Uint8Array.from(bytes));
}

/**
 * The plan of a grep as callers send it, in short: `= text` where it is exact, `~ text` where it is not, `*` for every
 * line.
 */
function planned(grep: string): string {
  const plan = planOf(readPattern(normalizeGrep(grep) ?? ""));
  if (plan.kind === "fingerprint") {
    const { sets, alternatives } = plan.fingerprint;
    return "# " +
      [sets, ...alternatives].map((row) => row.map((set) => set.filter((taken) => taken === 1).length).join(" ")).join(
        " # ",
      );
  }
  return plan.kind === "every line" ? "*" : `${plan.exact ? "=" : "~"} ${plan.needles.map(shown).join(", ")}`;
}

Deno.test.each([
  { grep: "(?i)error", plan: "= error" },
  { grep: "ERROR", plan: "= ERROR" },
  { grep: "(?i)task", plan: "= ta<s><k>" },
  { grep: "(?i)s", plan: "*" },
  { grep: "(?i)é", plan: "= é" },
  { grep: "(?i)(panic|fatal|oom)", plan: "= panic, fatal, oom" },
  { grep: "(?i)level=(error|warn) done", plan: "~ level=error, level=warn" },
  { grep: "(?i)connection refused", plan: "~ refu<s>ed" },
  { grep: "(?i)^get$", plan: "~ get" },
  { grep: "(?i)\\bget\\b", plan: "~ get" },
  { grep: "(?i)id=\\d+99999", plan: "~ 99999" },
  { grep: "(?i)(ab){3}", plan: "= ababab" },
  { grep: "(?i)(ab)+c", plan: "~ abc" },
  { grep: "(?i)a?bcd", plan: "= abcd, bcd" },
  { grep: "(?i)x*needle.*y", plan: "~ needle" },
  { grep: "(?i)(foo|)bar", plan: "= foobar, bar" },
  { grep: "(?i)(foo|.*)", plan: "*" },
  { grep: "\\d{12}", plan: "*" },
  { grep: "[45]\\d\\d", plan: "*" },
  { grep: "(?i)[xyz][qjk][wvz]", plan: "# 6 7 70 # 6 6 6" },
  { grep: "\\p{Greek}+", plan: "# 7 64 256 # 0" },
  { grep: "(?i)\\w+[xyz]", plan: "*" },
  // A dot, one to three digits and a colon: three alternatives. Digits that are not ASCII are in the sets only.
  { grep: "(?-u:(\\d{1,3}\\.){3}\\d{1,3}:)", plan: "# 1 10 11 # 1 10 1 # 1 10 10 1 # 1 10 10 10 1" },
  { grep: "(\\d{1,3}\\.){3}\\d{1,3}:", plan: "# 1 18 83 # 1 10 1 # 1 10 10 1 # 1 10 10 10 1" },
  { grep: "", plan: "*" },
  { grep: "[xyz]tail", plan: "= xtail, ytail, ztail" },
  { grep: "[0-9]tail", plan: "~ tail" },
  // Characters of classes, as many as there must be, belong to the text that they follow.
  { grep: "took=[1-9]\\d{3,}ms", plan: "~ took={9}{10}{10}{10}" },
  { grep: "(?i)code=\\d\\d\\d", plan: "~ code={10}{10}{10}" },
  { grep: "code=\\p{Greek}", plan: "~ code={0}" },
  { grep: "code=(?:\\d{2}|x[a-f])", plan: "~ code=" },
  { grep: "(?:code=\\d|stat=[a-f]+)!", plan: "~ code={10}, stat={6}" },
  { grep: "user-[0-9a-f]{3}-[0-9a-f]{3}", plan: "~ user-{16}{16}{16}" },
  { grep: "code=\\d?", plan: "~ code=" },
  // The bytes of an s, which may have a form that is not ASCII, make a text rarer all the same.
  { grep: "(?i)(deadlock|split.*brain|data.*loss)", plan: "~ deadloc<k>, brain, lo<s><s>" },
  // Three characters out of small sets are rarer than a text of two.
  { grep: "(?i)\\d{3}ms", plan: "# 18 66 69 # 10 2 2" },
  { grep: "code=\\d*", plan: "~ code=" },
  { grep: "code=.5", plan: "~ code=" },
  { grep: "(?:code\\d)+", plan: "~ code{10}" },
  { grep: 'code=[^"]\\d', plan: "~ code=" },
])("planOf() of $grep is $plan", ({ grep, plan }) => {
  assert.equal(planned(grep), plan);
});

Deno.test("planOf() names what is rare by the rate: of two texts that each match holds, the one that JSON writes as it is", () => {
  const hir = readPattern("i/o\\d+timeout");
  const named = (format: "cri" | "docker"): readonly string[] => {
    const plan = planOf(hir, writingIn(format));
    return plan.kind === "needles" ? plan.needles.map(shown) : [];
  };
  assert.deepEqual(named("cri"), ["i/o{10}"]);
  assert.deepEqual(named("docker"), ["timeout"]);
});

/** Whether a needle is in the bytes, unit by unit. */
function contains(bytes: Uint8Array, needle: Needle): boolean {
  const endsAt = (start: number): boolean => {
    let at = start;
    for (const unit of needle) {
      const [byte = -1, second, third] = bytes.subarray(at, at + 3);
      if (isClassUnit(unit)) {
        // What is not ASCII tells nothing of itself, nor of what follows.
        if (byte >= 0x80) return true;
        if (byte < 0 || unit.characters[byte] === 0) return false;
        at += 1;
      } else if (isPlainByte(unit)) {
        if (byte < 0 || (byte | unit.fold) !== unit.value) return false;
        at += 1;
      } else if ((byte | 0x20) === unit.charCodeAt(0) && byte >= 0x41) {
        at += 1;
      } else if (unit === "s" && byte === 0xc5 && second === 0xbf) {
        at += 2;
      } else if (unit === "k" && byte === 0xe2 && second === 0x84 && third === 0xaa) {
        at += 3;
      } else {
        return false;
      }
    }
    return true;
  };
  for (let start = 0; start <= bytes.length; start++) if (endsAt(start)) return true;
  return false;
}

Deno.test("planOf() names a needle of every message that matches, and where it is exact, of no other", async () => {
  const encoder = new TextEncoder();
  let exact = 0;
  let useful = 0;
  let fingerprints = 0;
  const runs = await checkRandom((random) => {
    const pattern = randomPattern(random);
    const hir = parsePattern(pattern);
    const plan = planOf(hir);
    if (plan.kind === "every line") return;
    useful++;
    if (plan.kind === "fingerprint") fingerprints++;
    const isExact = plan.kind === "needles" && plan.exact;
    if (isExact) exact++;
    const matcher = createMatcher(hir);
    for (let text = 0; text < 20; text++) {
      const bytes = encoder.encode(textNear(random, hir).toWellFormed());
      const matches = matcher.matches(bytes, 0, bytes.length);
      const holds = plan.kind === "needles"
        ? plan.needles.some((needle) => contains(bytes, needle))
        : Array.from(bytes).some((_, at) => isFingerprintAt(plan.fingerprint, bytes, at));
      const about = `${JSON.stringify(pattern)} in ${JSON.stringify(new TextDecoder().decode(bytes))}`;
      if (matches) assert.ok(holds, `no needle, but a match: ${about}`);
      if (isExact && holds) assert.ok(matches, `a needle, but no match: ${about}`);
    }
  }, { runs: 1500 });
  assert.ok(
    runs < 1500 || exact > 20 && useful > 200 && fingerprints > 20,
    `${exact} exact plans and ${fingerprints} fingerprints of ${useful}`,
  );
});
