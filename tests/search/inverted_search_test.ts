import assert from "#assert";
import { keepingSink, memoryLog } from "../support/memory_log.ts";
import { createRandom } from "../support/random.ts";
import { createBlockPool } from "../../src/records/scan/block_pool.ts";
import { streamForward } from "../../src/records/scan/forward.ts";
import { compileSearch, type Search } from "../../src/search/search.ts";
import { randomLog } from "../support/random_log.ts";
import { invertedSearch } from "../../src/search/inverted_search.ts";

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
    Deno.test(`invertedSearch() of ${JSON.stringify(pattern)} matches the ${kind} records that it does not match`, async () => {
      const log = new TextEncoder().encode(randomLog(createRandom(1), kind, 500));
      const search = compiled(pattern);
      const all = await found(log, undefined);
      const some = await found(log, search);
      const others = await found(log, invertedSearch(search));
      assert.deepEqual(others.messages, all.messages.filter((one) => !some.messages.includes(one)));
      assert.deepEqual((await found(log, invertedSearch(invertedSearch(search)))).messages, some.messages);
      assert(all.skipped > 0);
      // Lines that are no records are no matches either way; all of them are looked at.
      if (kind === "docker") assert.equal(others.skipped, all.skipped);
      // In a CRI log, where they have blanks the engine judges them before that is known.
      const unlike = new TextDecoder().decode(log).split("\n").filter((line) => line !== "" && !line.includes(" "));
      assert(kind === "docker" || (unlike.length > 0 && others.skipped >= unlike.length));
    });
  }
}

Deno.test("invertedSearch() matches a message that takes several time slices when it is not matched", () => {
  const search = compiled("b$");
  const judge = (text: string): boolean | undefined => {
    const bytes = new TextEncoder().encode(text);
    const judging = invertedSearch(search).matcher.judge(bytes, 0, bytes.length);
    assert.equal(judging.advance(1), undefined);
    let verdict: boolean | undefined;
    for (let slice = 0; slice < 1000 && verdict === undefined; slice++) verdict = judging.advance(1000);
    return verdict;
  };
  assert(judge("a".repeat(5000)));
  assert(judge(`${"a".repeat(5000)}b`) === false);
});

for (const kind of ["cri", "docker"] as const) {
  Deno.test(`invertedSearch() matches the ${kind} records whose verdicts take more than a time slice`, async () => {
    const random = createRandom(8);
    const texts = Array.from({ length: 120 }, (_, line) => {
      const text = Array.from({ length: 700 }, () => random.pick(["a", "b"])).join("");
      return line % 3 === 0 ? `${text}c` : text;
    });
    const time = "2025-03-04T05:06:07Z";
    const lines = texts.map((text) =>
      kind === "cri" ? `${time} stdout F ${text}\n` : `{"log":"${text}\\n","stream":"stdout","time":"${time}"}\n`
    );
    const search = compiled("[ab]{60}c|(?-u:a[ab]{500}d)");
    const { messages } = await found(new TextEncoder().encode(lines.join("")), invertedSearch(search));
    assert.deepEqual(
      messages.map((message) => message.at(-1)),
      texts.filter((text) => !text.endsWith("c")).map((text) => text.at(-1)),
    );
  });
}
