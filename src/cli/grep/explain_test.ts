import assert from "#assert";
import { compilePattern, compileSearch } from "../../search/search.ts";
import { explain } from "./explain.ts";

for (
  const [pattern, expected] of [
    ["", "pattern  empty: every record is wanted\n"],
    [
      "error",
      `pattern  error
plan     only lines are looked at that hold "error"
         because the pattern is these texts
CRI      a message that holds one is a match, the engine is not asked
Docker   a message that holds one is a match, the engine is not asked
`,
    ],
    [
      "(?i)warn|status=5\\d\\d",
      `pattern  (?i)warn|status=5\\d\\d
plan     only lines are looked at that hold "warn" in either case, "status=5" in either case followed by [0-9]{2}
         because each match holds one of these texts
CRI      the engine judges those lines
Docker   the engine judges those lines
`,
    ],
    [
      "(?i)code=[45]\\d",
      `pattern  (?i)code=[45]\\d
plan     only lines are looked at that hold "code=4" in either case followed by [0-9], "code=5" in either case followed by [0-9]
         because each match holds one of these texts
CRI      the engine judges those lines
Docker   the engine judges those lines
`,
    ],
    [
      '(?-u)[xyz/]\\d[]qjk"]',
      `pattern  (?-u)[xyz/]\\d[]qjk"]
plan     only lines are looked at that hold [/x-z][0-9]["\\x5djkq], as far as it is ASCII
         because each match holds characters in a row out of small sets
CRI      the engine judges those lines
Docker   the engine judges every line
`,
    ],
    [
      "\\p{Greek}",
      `pattern  \\p{Greek}
plan     only lines are looked at that hold bytes as [\\xcd-\\xcf\\xe1\\xe2\\xea\\xf0][\\x80-\\xbf].
         because each match holds characters in a row out of small sets
CRI      the engine judges those lines
Docker   the engine judges those lines
`,
    ],
    [
      "\\d+",
      `pattern  \\d+
plan     every line is judged
         because no text is part of each match
CRI      the engine judges every line
Docker   the engine judges every line
`,
    ],
  ] as const
) {
  Deno.test(`explain() of ${JSON.stringify(pattern)}`, () => {
    const told = explain(pattern, compileSearch(pattern));
    assert.equal(told.replace(/^engine .*\n/m, ""), expected);
    assert(told.includes("\nengine   ") === (pattern.length > 0));
  });
}

Deno.test("explain() shows the pattern as it is, and does not name every text of many", () => {
  assert.match(explain(" a b ", compilePattern(" a b ")), /^pattern {3}a b \n/);
  const many = Array.from({ length: 20 }, (_, index) => `word${String.fromCharCode(97 + index)}`).join("|");
  assert.match(explain(many, compileSearch(many)), /"wordl" or one of 8 more\n/);
});
