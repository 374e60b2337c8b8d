import assert from "#assert";
import { createRandom } from "../../../tests/support/random.ts";
import { compileGrep } from "../../search/engine/matcher.ts";
import { compileSearch } from "../../search/search.ts";
import { createMatchFinder } from "./match_finder.ts";

const PATTERNS = [
  "sk",
  "(?i)sk",
  "(?i)k|s",
  "s|sk",
  "sk|s",
  "(?i)ask|task|as",
  "ü|(?i)Ü",
  "a(?:b|bc)?",
  "[ab]c",
  "\\bas\\b",
  "k+",
  "[abt]+OOMK",
];

for (const pattern of PATTERNS) {
  Deno.test(`createMatchFinder() finds what the engine finds for ${pattern}`, () => {
    const random = createRandom(1);
    const matcher = compileGrep(pattern);
    const search = compileSearch(pattern);
    if (matcher === undefined || search === undefined) throw new TypeError(`Cannot search for a blank: ${pattern}`);
    const finder = createMatchFinder(matcher, search.plan);
    const pieces = ["a", "b", "c", "s", "S", "k", "K", "\u212a", "\u017f", "t", "ü", "Ü", " ", "\u2100", "OOMK"];
    for (let turn = 0; turn < 400; turn++) {
      const text = Array.from({ length: random.int(12) }, () => random.pick(pieces)).join("");
      const bytes = new TextEncoder().encode(`sk${text}sk`);
      const [start, end] = [2, bytes.length - 2];
      for (const from of [undefined, start + random.int(end - start + 1)]) {
        const options = from === undefined ? {} : { from };
        const found = finder.find(bytes, start, end, options);
        assert.deepEqual(found, matcher.find(bytes, start, end, options), `${JSON.stringify(text)} from ${from}`);
      }
    }
  });
}

Deno.test("createMatchFinder() asks the engine only where a text stands, and always where the pattern is more than texts", () => {
  for (const [pattern, asked] of [["never", 0], ["(?i)X", 1], ["\\d", 1]] as const) {
    const matcher = compileGrep(pattern);
    const search = compileSearch(pattern);
    if (matcher === undefined || search === undefined) throw new TypeError(`Cannot search for a blank: ${pattern}`);
    let times = 0;
    const counting = { find: (...words: Parameters<typeof matcher.find>) => (times++, matcher.find(...words)) };
    const bytes = new TextEncoder().encode("a line of text");
    createMatchFinder(counting, search.plan).find(bytes, 0, bytes.length);
    assert.equal(times, asked);
  }
});
