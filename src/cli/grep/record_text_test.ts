import assert from "#assert";
import { createRandom } from "../../../tests/support/random.ts";
import { withBatch } from "../../../tests/support/send_lines.ts";
import { compileGrep } from "../../search/engine/matcher.ts";
import { createOutput, takeAll } from "../files/output.ts";
import { recordText, type RecordTextOptions } from "./record_text.ts";
import { putHarmless } from "./terminal_text.ts";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

function line(message: string, options: Partial<RecordTextOptions> = {}): string {
  const out = createOutput();
  const put = recordText({ hasTimes: false, isColourful: false, isForTerminal: false, ...options });
  withBatch(`1970-01-01T00:00:05.000000007Z stdout F ${message}\n`, (batch) => put.match(out, batch, 0));
  return decoder.decode(takeAll(out));
}

Deno.test("recordText() writes file, time and message, as far as they are there", () => {
  assert.equal(line("a b "), "a b \n");
  assert.equal(line("a b\r", { isForTerminal: true }), "a b\n");
  assert.equal(line("a b ", { hasTimes: true }), "1970-01-01T00:00:05.000000007Z a b\n");
  assert.equal(line("a b", { hasTimes: true }), "1970-01-01T00:00:05.000000007Z a b\n");
  assert.equal(line("a b", { hasTimes: true, file: "x.log" }), "x.log:1970-01-01T00:00:05.000000007Z a b\n");
  assert.equal(line("\x1b[31mred\x07\r", { file: "\x07" }), "\x07:\x1b[31mred\x07\r\n");
});

for (
  const [pattern, message, expected] of [
    ["b+", "abbcb", "a<bb>c<b>"],
    ["b", "abbcb", "a<b><b>c<b>"],
    ["b*", "abbcb", "a<bb>c<b>"],
    ["x*", "abc", "abc"],
    ["", "abc", "abc"],
    ["ü|☃", "aüb☃", "a<ü>b<☃>"],
    ["^a|b$", "aab", "<a>a<b>"],
    ["\\bfoo\\b", "foo foofoo foo", "<foo> foofoo <foo>"],
    ["b\\s*$", "a b  ", "a <b  >"],
    ["\\s*$", "a b  ", "a b<  >"],
    ["a", "b", "b"],
  ] as const
) {
  Deno.test(`recordText() shows the matches of ${JSON.stringify(pattern)} in ${JSON.stringify(message)}`, () => {
    const text = line(message, { isColourful: true, finder: compileGrep(pattern) });
    assert.equal(text.replaceAll("\x1b[1;31m", "<").replaceAll("\x1b[0m", ">"), `${expected}>\n`);
  });
}

Deno.test("recordText() shows no more than 200 matches, and none in very long messages", () => {
  const count = (message: string): number =>
    line(message, { isColourful: true, finder: compileGrep("a") }).split("\x1b[1;31m").length - 1;
  assert.equal(count("a ".repeat(300)), 200);
  assert.equal(count("a" + " x".repeat(10_000)), 0);
});

Deno.test("recordText() has no colour but the log's own where none is wanted, and ends that one on a terminal", () => {
  const finder = compileGrep("red");
  assert.equal(line("\x1b[31mred", { isForTerminal: true, finder }), "\x1b[31mred\x1b[0m\n");
  assert.equal(
    line("\x1b[31mred\x07", { isForTerminal: true, isColourful: true, finder, file: "a\x07b" }),
    "\x1b[35ma\ufffdb\x1b[0m:\x1b[31m\x1b[1;31mred\x1b[0m\ufffd\x1b[0m\n",
  );
});

Deno.test("putHarmless() leaves text, tabs and colours, and nothing else that a terminal obeys", () => {
  const random = createRandom(1);
  const pieces = [
    "a",
    "ü",
    "\u00a0",
    "☃",
    "\x1b",
    "[",
    "31",
    ";",
    "m",
    "\x1b[1;31m",
    "\x1b[2J",
    "\u009b",
    "\t",
    "\x9f",
  ];
  // deno-lint-ignore no-control-regex -- these are what must not be there
  const controls = /[\x00-\x08\x0a-\x1a\x1c-\x1f\x7f-\x9f]|\x1b(?!\[[0-9;]*m)/g;
  for (let i = 0; i < 1000; i++) {
    const text = Array.from(
      { length: random.int(12) },
      () => random.oneIn(4) ? String.fromCharCode(random.int(0xa1)) : random.pick(pieces),
    ).join("");
    const bytes = encoder.encode(`m${text}m`);
    const out = createOutput();
    putHarmless(out, bytes, 1, bytes.length - 1);
    assert.equal(decoder.decode(takeAll(out)), text.replace(controls, "\ufffd"), JSON.stringify(text));
  }
});
