import assert from "#assert";
import { createRandom } from "../../tests/support/random.ts";
import { isPlainByte, literalNeedle, type Needle } from "./needle.ts";
import { SAMPLE_STEP, type Samples, samplesOf } from "./samples.ts";

const GROUPS = 8;
const encoder = new TextEncoder();
const needle = (text: string): Needle => literalNeedle([...encoder.encode(text)]);

/** Whether one of the parts of needle `index` begins at `at`. */
function isPartAt({ parts }: Samples, index: number, { bytes, at }: { bytes: Uint8Array; at: number }): boolean {
  return parts.some((part) =>
    part.needle === index && part.sets.every((set, place) => set[bytes[at + place] ?? 0] === 1)
  );
}

Deno.test("samplesOf() gives parts of which one begins at a fourth byte, wherever a needle lies and however its k and s are written", () => {
  const units = [..."kskszq~^x"].map((letter) => letter === "k" || letter === "s" ? letter : needle(letter)[0]);
  let checked = 0;
  for (let seed = 1; seed <= 100; seed++) {
    const random = createRandom(seed);
    const needles = Array.from(
      { length: 1 + random.int(5) },
      (): Needle => Array.from({ length: 5 + random.int(9) }, () => random.pick(units) ?? "k"),
    );
    const samples = samplesOf(needles, GROUPS);
    if (samples === undefined) continue;
    for (const [index, units] of needles.entries()) {
      const text = units.map((unit) =>
        isPlainByte(unit)
          ? String.fromCharCode(unit.value)
          : random.pick(unit === "k" ? ["k", "K", "\u212a"] : ["s", "S", "\u017f"])
      ).join("");
      for (let before = 0; before < SAMPLE_STEP; before++) {
        const bytes = encoder.encode("-".repeat(before) + text);
        let found = false;
        // Not behind the needle's end: a part lies within it.
        for (let at = 0; at < bytes.length; at += SAMPLE_STEP) found ||= isPartAt(samples, index, { bytes, at });
        assert.ok(found, `${text} behind ${before}, seed ${seed}`);
        checked++;
      }
    }
  }
  assert.ok(checked > 400, `${checked} texts`);
});

Deno.test("samplesOf() gives none for a needle that is too short, for too many, and for what is everywhere", () => {
  assert.notEqual(samplesOf([needle("segfault"), needle("deadlock")], GROUPS), undefined);
  assert.equal(samplesOf([needle("segfault"), needle("oom")], GROUPS), undefined);
  assert.equal(samplesOf(Array.from({ length: 9 }, (_, index) => needle(`deadlock ${index}`)), GROUPS), undefined);
  assert.equal(samplesOf([needle("     "), needle("e e e")], GROUPS), undefined);
});

Deno.test("samplesOf() uses so many groups, and puts apart what would be found too often together", () => {
  const samples = samplesOf([needle("quartz"), needle("jackdaw")], GROUPS);
  assert.deepEqual(samples?.firstUnits, [0, 0]);
  const groups = new Set(samples?.parts.map(({ group }) => group));
  assert.equal(groups.size, GROUPS);
});
