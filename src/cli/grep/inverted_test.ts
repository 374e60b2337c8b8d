import assert from "#assert";
import { keepingSink, memoryLog } from "../../../tests/support/memory_log.ts";
import { createRandom } from "../../../tests/support/random.ts";
import { createBlockPool } from "../../records/block_pool.ts";
import { streamForward } from "../../records/forward.ts";
import { compileSearch, type Search } from "../../search/search.ts";
import { randomLog } from "../../../tests/support/random_log.ts";
import { inverted } from "./inverted.ts";

async function messages(log: Uint8Array, search: Search | undefined): Promise<readonly string[]> {
  const sink = keepingSink();
  const { signal } = new AbortController();
  await streamForward(memoryLog(log), { search }, { sink, pool: createBlockPool({ blocks: 1 }), signal });
  return sink.records.map(({ seconds, nanos, message }) => `${seconds} ${nanos} ${message}`);
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
      const all = await messages(log, undefined);
      const some = new Set(await messages(log, search));
      assert.deepEqual(await messages(log, inverted(search)), all.filter((one) => !some.has(one)));
      assert.deepEqual(await messages(log, inverted(inverted(search))), [...some]);
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
