import assert from "#assert";
import { keepingSink, memoryLog } from "../support/memory_log.ts";
import { createRandom } from "../support/random.ts";
import { createBlockPool } from "../../src/records/scan/block_pool.ts";
import { streamForward } from "../../src/records/scan/forward.ts";
import { compileSearch, type Search } from "../../src/search/search.ts";
import { randomLog } from "../support/random_log.ts";
import { inverted } from "../../src/search/engine/inverted.ts";

/** What a search finds, and how many lines it left out. */
async function found(
  log: Uint8Array,
  search: Search | undefined,
): Promise<{ messages: readonly string[]; skipped: number }> {
  const sink = keepingSink();
  const { signal } = new AbortController();
  let skipped = 0;
  const pool = createBlockPool({ blocks: 1 });
  await streamForward(memoryLog(log), { search }, { sink, pool, signal, onSkip: (lines) => void (skipped = lines) });
  return { messages: sink.records.map(({ seconds, nanos, message }) => `${seconds} ${nanos} ${message}`), skipped };
}

function compiled(pattern: string): Search {
  const search = compileSearch(pattern);
  if (search === undefined) throw new TypeError(`Cannot search for a blank: ${JSON.stringify(pattern)}`);
  return search;
}

for (const kind of ["cri", "docker"] as const) {
  for (const pattern of ["alpha", "(?i)alpha", "alpha|beta", "id=\\d+", "\\bü", "x*", "(?:)", "never"]) {
    Deno.test(`inverted() of ${JSON.stringify(pattern)} matches the ${kind} records that it does not match`, async () => {
      const log = new TextEncoder().encode(randomLog(createRandom(1), kind, 500));
      const search = compiled(pattern);
      const all = await found(log, undefined);
      const some = await found(log, search);
      const others = await found(log, inverted(search));
      assert.deepEqual(others.messages, all.messages.filter((one) => !some.messages.includes(one)));
      assert.deepEqual((await found(log, inverted(inverted(search)))).messages, some.messages);
      assert(all.skipped > 0);
      // Lines that are no records are no matches either way; all of them are looked at.
      if (kind === "docker") assert.equal(others.skipped, all.skipped);
      // In a CRI log, where they have blanks the engine judges them before that is known.
      const unlike = new TextDecoder().decode(log).split("\n").filter((line) => line !== "" && !line.includes(" "));
      assert(kind === "docker" || (unlike.length > 0 && others.skipped >= unlike.length));
    });
  }
}

Deno.test("inverted() matches a message that is judged in turns when it is not matched", () => {
  const search = compiled("b$");
  const judge = (text: string): boolean | undefined => {
    const bytes = new TextEncoder().encode(text);
    const judging = inverted(search).matcher.judge(bytes, 0, bytes.length);
    assert.equal(judging.advance(1), undefined);
    let verdict: boolean | undefined;
    for (let turn = 0; turn < 1000 && verdict === undefined; turn++) verdict = judging.advance(1000);
    return verdict;
  };
  assert(judge("a".repeat(5000)));
  assert(judge(`${"a".repeat(5000)}b`) === false);
});
