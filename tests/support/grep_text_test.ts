import assert from "#assert";
import { callersPattern, highlightPattern } from "./grep_text.ts";

Deno.test("callersPattern ignores case and widens blanks, as callers do", () => {
  assert.equal(
    callersPattern(" a b "),
    "(?i)a(?:(?:\\x1B\\[[0-9;]*[mK])?)*\\s(?:(?:\\x1B\\[[0-9;]*[mK])?)*b",
  );
});

Deno.test("highlightPattern finds what the pattern of a caller finds, every time", () => {
  const pattern = highlightPattern(callersPattern("grün(e|er) baum"));
  assert.deepEqual("GRÜNER\x1b[1m\x1b[32m \x1b[0mBaum, grüne\tbaum, grünes".match(pattern), [
    "GRÜNER\x1b[1m\x1b[32m \x1b[0mBaum",
    "grüne\tbaum",
  ]);
});
