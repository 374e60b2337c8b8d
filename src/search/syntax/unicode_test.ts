import assert from "#assert";
import { crateClass } from "../../../tests/search/crate_twin.ts";
import { FILE, renderTables } from "../../../tools/generate/unicode_tables.ts";
import { subtract } from "./ranges.ts";
import { PROPERTY_NAMES } from "./unicode_names.ts";
import {
  digitRanges,
  foldRanges,
  LAST_POINT,
  negatePoints,
  propertyRanges,
  spaceRanges,
  wordRanges,
} from "./unicode.ts";

/** Without surrogates: a range may go over them or stop at them, which means the same. */
function plain(ranges: readonly number[] | undefined): readonly number[] | undefined {
  return ranges && subtract(ranges, [0xd800, 0xdfff]);
}

Deno.test("the generated tables are what the crate knows", async () => {
  assert.equal(await Deno.readTextFile(FILE), renderTables());
});

Deno.test("propertyRanges() knows every name, with the crate's code points", () => {
  const prefixes = {
    binary: "",
    category: "gc",
    script: "sc",
    age: "age",
    graphemeBreak: "gcb",
    wordBreak: "wb",
    sentenceBreak: "sb",
  };
  let count = 0;
  for (const [kind, words] of Object.entries(PROPERTY_NAMES)) {
    const prefix = prefixes[kind as keyof typeof prefixes];
    for (const name of words.trim().split(/[\s/]+/)) {
      const found = prefix === "" ? propertyRanges(name) : propertyRanges(prefix, name);
      assert.deepEqual(found, crateClass(`\\p{${prefix}${prefix === "" ? "" : "="}${name}}`), `${kind} ${name}`);
      count += 1;
    }
  }
  assert.equal(count, 661);
});

Deno.test("propertyRanges() knows names as the crate spells them, and no others", () => {
  for (
    const name of [
      ..."L Letter letter LETTER isLetter is_letter Any ASCII Assigned Greek GREEK Grek isgreek Is-Greek cf sc lc Lc LC Cased_Letter Uppercase_Letter"
        .split(" "),
      ..."White_Space whitespace space xidc Emoji foo Foo isc script sc=Greek Script=Grek script_extensions=Latin scx=Deva scx=Hira gc=Lu"
        .split(" "),
      ..."age=6.0 Age=V6_0 age=1.1 age=na gcb=Extend GCB=CR wb=ALetter sb=Lower blk=ASCII bc=L constructor gc=constructor sc=__proto__"
        .split(" "),
      ..."Cs surrogate gc=Any gc=ASCII gc=Assigned sc=Any Latin=Greek =Greek Lu= Gr\u00e9ek Other C Cn Co unassigned dep Deprecated incb"
        .split(" "),
    ]
  ) {
    const [property = "", value] = name.split("=");
    assert.deepEqual(plain(propertyRanges(property, value)), plain(crateClass(`\\p{${name}}`)), name);
  }
});

Deno.test("named classes are the crate's", () => {
  assert.deepEqual(wordRanges(), crateClass("\\w"));
  assert.deepEqual(spaceRanges(), crateClass("\\s"));
  assert.deepEqual(digitRanges(), crateClass("\\d"));
});

Deno.test("foldRanges() closes sets as the crate does", () => {
  const hex = (point: number): string => `\\x{${point.toString(16)}}`;
  const letters = propertyRanges("Cased") ?? [];
  for (let index = 0; index < letters.length; index += 2) {
    const [low = 0, high = 0] = letters.slice(index, index + 2);
    assert.deepEqual(foldRanges([low, high]), crateClass(`(?i)[${hex(low)}-${hex(high)}]`), hex(low));
    assert.deepEqual(foldRanges([low, low]), crateClass(`(?i)${hex(low)}`), hex(low));
  }
  for (const all of [[0, LAST_POINT], [0, 0x7f], [0x4b, 0x4b], [0x345, 0x345], []]) {
    assert.deepEqual(foldRanges(foldRanges(all)), foldRanges(all));
  }
  assert.deepEqual(foldRanges([0x6b, 0x6b]), [0x4b, 0x4b, 0x6b, 0x6b, 0x212a, 0x212a]);
});

Deno.test("negatePoints() leaves what is not in the set", () => {
  assert.deepEqual(negatePoints([0x30, 0x39]), [0, 0x2f, 0x3a, LAST_POINT]);
  assert.deepEqual(negatePoints([]), [0, LAST_POINT]);
});
