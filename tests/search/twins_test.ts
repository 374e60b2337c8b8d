/**
 * The engine beside the crate: patterns by chance on texts by chance and on real lines.
 *
 * `PATTERN_SEED` plays a run again, or another one; `PATTERN_COUNT` makes it longer. The crate's WebAssembly keeps some 400 KiB for every pattern that it
 * has searched with, so that long runs are best cut into several of a few thousand patterns.
 *
 * @module
 */
import assert from "#assert";
import { compileCrate } from "./crate_twin.ts";
import { type Chance, createChance, randomPattern, randomText, textNear } from "./random_patterns.ts";
import samples from "./samples.json" with { type: "json" };
import type { Hir } from "../../src/search/syntax/hir.ts";
import { createMatcher } from "../../src/search/engine/matcher.ts";
import { parsePattern } from "../../src/search/syntax/parse_pattern.ts";

const SEED = Number(Deno.env.get("PATTERN_SEED") ?? 20_250_304);
const PATTERNS = Number(Deno.env.get("PATTERN_COUNT") ?? 1_000);
const TEXTS_PER_PATTERN = 200;

const encoder = new TextEncoder();

/** Most texts are made for the pattern; some have nothing to do with it. */
function textFor(chance: Chance, hir: Hir, index: number): string {
  const text = index % 4 < 2
    ? textNear(chance, hir)
    : index % 4 === 2
    ? randomText(chance)
    : chance.pick(samples.lines);
  return text.replaceAll("\n", "").toWellFormed();
}

Deno.test(`matches() differs nowhere from the crate: ${PATTERNS} patterns from PATTERN_SEED=${SEED}, ${TEXTS_PER_PATTERN} texts each`, () => {
  let pairs = 0;
  let matched = 0;
  for (let index = 0; index < PATTERNS; index += 1) {
    const seed = SEED + index;
    const chance = createChance(seed);
    const pattern = randomPattern(chance);
    const replay = `PATTERN_SEED=${seed} PATTERN_COUNT=1: ${JSON.stringify(pattern)}`;
    const crate = compileCrate(`(?:${pattern})`);
    if (crate === undefined) throw new TypeError(`Cannot compare: the crate refuses ${replay}`);
    const hir = parsePattern(pattern);
    const matcher = createMatcher(hir);
    for (let text = 0; text < TEXTS_PER_PATTERN; text += 1) {
      const message = textFor(chance, hir, text);
      const bytes = encoder.encode(message);
      const expected = crate.isMatch(message);
      assert.equal(matcher.matches(bytes, 0, bytes.length), expected, `${replay} in ${JSON.stringify(message)}`);
      pairs += 1;
      if (expected) matched += 1;
    }
    crate.free();
  }
  assert.equal(pairs, PATTERNS * TEXTS_PER_PATTERN);
  // Neither side may be rare, or the comparison would say little.
  if (PATTERNS >= 100) assert.ok(matched > pairs / 4 && matched < pairs * 3 / 4, `${matched} of ${pairs} match`);
});
