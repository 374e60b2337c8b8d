import assert from "#assert";
import { clip, columns, createPaint, highlight, plain } from "./paint.ts";

const colourful = createPaint({ colourful: true });
const colourless = createPaint({ colourful: false });

Deno.test("createPaint colours texts only where colours are wanted", () => {
  assert.equal(colourful.red("no"), "\x1b[31mno\x1b[0m");
  assert.equal(colourless.red("no"), "no");
});

Deno.test("message keeps a log's colours and ends them, or takes them away", () => {
  assert.equal(colourful.message("\x1b[32mgreen"), "\x1b[32mgreen\x1b[0m");
  assert.equal(colourless.message("\x1b[32mgreen\x1b[0m way"), "green way");
});

Deno.test("no other control of a log's message reaches the terminal", () => {
  for (const message of ["\x1b[2J", "\x1b]0;title\x07", "a\rb", "\x9b31m", "\x1b", "a\nb"]) {
    assert.doesNotMatch(colourless.message(message), /\p{Cc}/u, JSON.stringify(message));
    assert.doesNotMatch(colourful.message(message).replaceAll("\x1b[0m", ""), /\p{Cc}/u, JSON.stringify(message));
  }
  assert.equal(plain("a\tb\rc"), "a\tb\u{fffd}c");
});

Deno.test("highlight paints each match, in the text without its own colours", () => {
  assert.equal(
    highlight("\x1b[31mred\x1b[0m Red", /red/giu, colourful),
    `${colourful.match("red")} ${colourful.match("Red")}`,
  );
  assert.equal(highlight("price $&", /price/gu, colourless), "price $&");
});

Deno.test("clip leaves whole characters and an ellipsis", () => {
  assert.deepEqual(["🚀🚀🚀", "🚀🚀🚀🚀"].map((text) => clip(text, 3)), ["🚀🚀🚀", "🚀🚀…"]);
});

Deno.test("columns aligns numbers to the right and all else to the left", () => {
  assert.deepEqual(columns(["NAME", " BYTES"], [["a", "1"], ["longer", "1,000,000"]], colourless), [
    "NAME        BYTES",
    "a               1",
    "longer  1,000,000",
  ]);
});
