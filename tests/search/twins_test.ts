/**
 * The engine beside the crate: random patterns on random texts and on real lines.
 *
 * `SEED` and `SEEDS` are those of `tests/support/property.ts`. The crate's WebAssembly keeps some 400 KiB for each
 * pattern that it has searched with: a long run is best cut into several of a few thousand patterns.
 *
 * @module
 */
import assert from "#assert";
import { compileCrate } from "./crate_twin.ts";
import { checkRandom } from "../support/property.ts";
import type { Random } from "../support/random.ts";
import { randomPattern, randomText, textNear } from "./random_patterns.ts";
import samples from "./samples.json" with { type: "json" };
import type { Hir } from "../../src/search/syntax/hir.ts";
import { createMatcher } from "../../src/search/engine/matcher.ts";
import { parsePattern } from "../../src/search/syntax/parse_pattern.ts";

const PATTERNS = 1_000;
const TEXTS_PER_PATTERN = 200;

const encoder = new TextEncoder();

/** Most texts are made for the pattern; some have nothing to do with it. One in four has line feeds in it. */
function textFor(random: Random, hir: Hir, index: number): string {
  const text = index % 4 < 2
    ? textNear(random, hir)
    : index % 4 === 2
    ? randomText(random)
    : random.pick(samples.lines);
  if (!random.oneIn(4)) return text.toWellFormed();
  const at = random.int(text.length + 1);
  return `${text.slice(0, at)}\n${text.slice(at + random.int(2))}`.toWellFormed();
}

Deno.test(`matches() differs nowhere from the crate: ${PATTERNS} patterns, ${TEXTS_PER_PATTERN} texts each`, async () => {
  let pairs = 0;
  let matched = 0;
  const runs = await checkRandom((random) => {
    const pattern = randomPattern(random);
    using crate = compileCrate(`(?:${pattern})`);
    if (crate === undefined) throw new TypeError(`Cannot compare: the crate refuses ${pattern}`);
    const hir = parsePattern(pattern);
    const matcher = createMatcher(hir);
    for (let text = 0; text < TEXTS_PER_PATTERN; text += 1) {
      const message = textFor(random, hir, text);
      const bytes = encoder.encode(message);
      const expected = crate.isMatch(message);
      assert.equal(matcher.matches(bytes, 0, bytes.length), expected, `${pattern} in ${JSON.stringify(message)}`);
      pairs += 1;
      if (expected) matched += 1;
    }
  }, { runs: PATTERNS, seed: 20_250_304 });
  assert.equal(pairs, runs * TEXTS_PER_PATTERN);
  // Neither side may be rare, or the comparison would say little.
  if (runs >= 100) assert.ok(matched > pairs / 4 && matched < pairs * 3 / 4, `${matched} of ${pairs} match`);
});
