import assert from "#assert";
import { hostileText } from "../../../tests/support/hostile_requests.ts";
import { checkRandom } from "../../../tests/support/property.ts";
import { leastMs } from "../../../tests/support/thread_cost.ts";
import { PatternError } from "./pattern_error.ts";
import { compileSearch } from "../search.ts";

/**
 * Five times what one request may hold the thread for: beside other tests the same work takes longer. What is not
 * linear takes seconds.
 */
const BAR_MS = 250;

/** Compiles a text, or has it refused. */
function compile(text: string): void {
  try {
    compileSearch(text);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
  }
}

function assertCheap(text: string, what: string): void {
  const ms = leastMs(() => compile(text), { enoughMs: BAR_MS });
  assert.ok(ms <= BAR_MS, `${ms} ms for ${what}: ${JSON.stringify(text.slice(0, 60))}, ${text.length} characters`);
}

Deno.test("compileSearch() costs in proportion to the text, whether it is a pattern or not", () => {
  const texts = {
    "blanks within": `a${" ".repeat(60_000)}a`,
    "a blank for each character": "a ".repeat(1 << 19),
    "4 MiB without a blank": "a".repeat(1 << 22),
    "4 MiB of blanks": " ".repeat(1 << 22),
    "classes that are never closed": "[".repeat(60_000) + "\\",
    "escapes that can be read in two ways": `[${"\\x41".repeat(16_000)}\\`,
    "properties that can be read in two ways": `[${"\\p{L}".repeat(13_000)}\\`,
    "a name that never ends": `[[:${"a".repeat(65_000)}`,
    "names that never end": `[${"[:".repeat(32_000)}`,
    "flags that never end": "(?i".repeat(21_000),
    "groups within groups": "(?:".repeat(248) + "a".repeat(64_000) + ")".repeat(248),
    "groups of many parts within groups": "(?:".repeat(240) + "a.".repeat(9_000) + "b)".repeat(240),
    "flags that are set again and again": "a(?i)containerd://}".repeat(3_449),
    "folded escapes": `(?i)${"\\\\".repeat(32_000)}\\`,
    "thousands of classes": Array.from({ length: 5_000 }, (_, i) => `[${String.fromCharCode(0x4e00 + 2 * i)}a]`).join(
      "",
    ),
  };
  for (const [what, text] of Object.entries(texts)) assertCheap(text, what);
});

Deno.test("compileSearch() is cheap for random texts", async () => {
  await checkRandom((random) => {
    const length = random.pick([200, 5_000, 20_000, 65_530]);
    assertCheap(hostileText(random, length), `a text of at most ${length} characters`);
  }, { runs: 150, seed: Math.floor(Math.random() * 1e6) });
});
