import assert from "#assert";
import { encoded, type Part } from "./_encode_plan.ts";
import { kernelPlan, writingIn } from "./kernel_plan.ts";
import { areRareByLowNibbles, lowNibbleProbability } from "./low_nibbles.ts";
import { literalNeedle } from "./needle.ts";
import { planOf } from "./plan.ts";
import { readPattern } from "../syntax/read_pattern.ts";

const SEVERAL = 2;
const LOW_NIBBLES = 3;

/** How the kernel looks for a pattern. */
function kindOf(pattern: string, format: "cri" | "docker" = "cri"): number | undefined {
  return kernelPlan(planOf(readPattern(pattern), writingIn(format)), format).bytes[0];
}

/** The masks of words of three bytes, those of each bucket. */
function masksOf(buckets: readonly (readonly string[])[]): Uint8Array {
  const masks = new Uint8Array(96);
  for (const [bucket, words] of buckets.entries()) {
    for (const [place, byte] of words.flatMap((word) => [...new TextEncoder().encode(word).entries()])) {
      for (const nibble of [byte & 15, 16 + (byte >> 4)]) {
        masks[place * 32 + nibble] = (masks[place * 32 + nibble] ?? 0) | (1 << bucket);
      }
    }
  }
  return masks;
}

Deno.test("needles that are rare by the low nibbles of their bytes are told by those", () => {
  assert.equal(kindOf("(?i)flux-capacitor|OOMKilled|cannot lock"), LOW_NIBBLES);
  assert.equal(kindOf("(?i)panic|fatal|segfault|oom"), LOW_NIBBLES);
});

Deno.test("needles that are short, many, or like digits by their low nibbles are found by both", () => {
  assert.equal(kindOf("(?i)quartz|q"), SEVERAL);
  assert.equal(kindOf("quartz|[0-9]{3}q"), SEVERAL);
  assert.equal(kindOf("quartz|tab|bar|cat|dog|eat|fad|pad|rod|sit|tea|vat|war|yes|zip|bus"), SEVERAL);
});

Deno.test("what low nibbles have in common with the header of each line counts", () => {
  // As "Z s", " F " and "t F" are in "…Z stdout F ".
  const masks = masksOf([["jpc"], ["pvp"], ["dpf"]]);
  assert(!areRareByLowNibbles(masks, "cri"));
  assert(areRareByLowNibbles(masks, "docker"));
});

Deno.test("a digit in a header is each digit as often", () => {
  const behind = (digits: string): readonly string[] => [...digits].map((digit) => `${digit}Z `);
  assert(areRareByLowNibbles(masksOf([behind("7"), behind("3")]), "cri"));
  assert(!areRareByLowNibbles(masksOf([behind("0123456789"), behind("0123456789")]), "cri"));
});

Deno.test("several texts are looked for by those of their parts that are rarest by low nibbles, where that is asked for", () => {
  const needles = ["abcdmno", "ABCDmno", "mno"].map((text) => literalNeedle([...new TextEncoder().encode(text)]));
  // The low nibbles of a, b, c and d are those of digits, of which each line's time has many.
  const bytes = encoded(needles, { verified: 3, format: "cri", part: "rarest by low nibbles" });
  assert.deepEqual(needles.map((_, needle) => bytes[128 + needle * 8 + 3]), [3, 3, 0]);
});

Deno.test("parts that are ASCII in every form are preferred where that is asked for, and the kernel is told of them", () => {
  const word = literalNeedle([...new TextEncoder().encode("quorum")]);
  const needles = [[...literalNeedle([...new TextEncoder().encode("deadloc")]), "k"], word] as const;
  const start = (part: Part): readonly number[] => {
    const bytes = encoded(needles, { verified: 2, format: "cri", part });
    return [bytes[128 + 3] ?? 0, bytes[1] ?? 0];
  };
  // "lock", whose last byte may be that of U+212A; "dloc".
  assert.deepEqual(start("rarest by low nibbles"), [4, 1]);
  assert.deepEqual(start("rarest by low nibbles, of ASCII"), [3, 3]);
  assert.equal(encoded([["s", "k", ...word.slice(0, 1)], word], { verified: 2, format: "cri" })[1], 0);
});

Deno.test("lowNibbleProbability() is as that of bytes of text, and of what each line begins with", () => {
  const probability = (text: string, format: "cri" | "docker"): number =>
    lowNibbleProbability(
      [...text].map((character) => {
        const set = new Uint8Array(256);
        set[character.charCodeAt(0)] = 1;
        return set;
      }),
      format,
    );
  assert.ok(probability("abc", "cri") > 10 * probability("mno", "cri"));
  assert.equal(probability("abc", "cri"), probability("123", "cri"));
  assert.ok(probability("eam", "docker") > probability("eam", "cri"));
});
