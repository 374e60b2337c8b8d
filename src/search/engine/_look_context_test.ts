import assert from "#assert";
import { contextAfter, contextMask, isWithin, judge, judgeBefore, NO_CONTEXT, START_CONTEXT } from "./_look_context.ts";
import { isPlace, wordAfter } from "./_looks.ts";
import { LOOKS } from "./_program.ts";
import { checkRandom } from "../../../tests/support/property.ts";

const PIECES = [..."aZ_0 \t\r\n-", "é", "ß", "\u00a0", "日", "٣", "😀", "𝟙", "\u0301", "\x7f"].map((
  char,
) => [...new TextEncoder().encode(char)]);
const ILL_FORMED = [[0xff], [0xc3], [0xa9], [0xe2, 0x82], [0xf0, 0x9f], [0xed, 0xa0, 0x80], [0xc0, 0x80]];

Deno.test("places are judged from a context as they are from the bytes", async () => {
  let judged = 0;
  const runs = await checkRandom((random) => {
    const bytes = Uint8Array.from(
      Array.from({ length: random.int(7) }, () => random.pick(random.oneIn(12) ? ILL_FORMED : PIECES)).flat(),
    );
    const message = { bytes, start: 0, end: bytes.length };
    for (const look of LOOKS) {
      const mask = contextMask([look]);
      let context = START_CONTEXT;
      for (let at = 0; at <= bytes.length; at += 1) {
        const byte = at < bytes.length ? bytes[at] ?? 0 : -1;
        // At the end of a message within a character the table asks the slow walk.
        if (byte < 0 && isWithin(context)) break;
        const next = byte < 0 ? context : contextAfter(context, byte, { mask });
        // So it does where the byte shows that what was within is none.
        if (next === NO_CONTEXT) break;
        const following = { byte, beginsWord: wordAfter(bytes, at, bytes.length) };
        const known = judgeBefore(look, context);
        const expected = isPlace(look, message, at);
        assert.equal(judge(look, context, following), expected, `${look} at ${at} of ${bytes}`);
        if (known !== undefined) assert.equal(known, expected, `${look} at ${at} of ${bytes}`);
        judged += 1;
        context = next;
      }
    }
  }, { runs: 4000 });
  assert.ok(judged > 25 * runs, `${judged} judged`);
});

Deno.test("contextMask() asks for nothing that the looks do not need", () => {
  assert.equal(contextMask(["start", "end", "endLF"]), 0);
  assert.equal(contextAfter(START_CONTEXT, 0x61, { mask: contextMask(["end"]) }), 0);
  assert.equal(contextAfter(START_CONTEXT, 0xc3, { mask: contextMask(["wordAscii"]) }), 0);
  assert.ok(isWithin(contextAfter(START_CONTEXT, 0xc3, { mask: contextMask(["wordUnicode"]) })));
  assert.equal(contextAfter(START_CONTEXT, 0xff, { mask: contextMask(["wordUnicode"]) }), NO_CONTEXT);
});
