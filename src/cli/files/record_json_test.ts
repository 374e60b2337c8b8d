import assert from "#assert";
import { FINAL, kernel } from "../../kernel/kernel.ts";
import { createRandom } from "../../../tests/support/random.ts";
import { createOutput, takeAll } from "./output.ts";
import { putEscaped, recordJson } from "./record_json.ts";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

function escaped(text: string): string {
  const out = createOutput();
  const bytes = encoder.encode(`"${text}"`);
  putEscaped(out, bytes, 1, bytes.length - 1);
  return decoder.decode(takeAll(out));
}

Deno.test("putEscaped() gives what JSON reads as the text, without a control character", () => {
  const random = createRandom(1);
  const pieces = ["a", '"', "\\", "\\u0041", "\u007f", "ü", "\u00a0", "\u2028", "😀", "\ufeff", "\u0100", "/"];
  for (let i = 0; i < 1000; i++) {
    const text = Array.from(
      { length: random.int(12) },
      () => random.oneIn(2) ? random.pick(pieces) : String.fromCharCode(random.int(0xa1)),
    ).join("");
    const json = escaped(text);
    assert.equal(JSON.parse(`"${json}"`), text);
    // deno-lint-ignore no-control-regex -- these are what must not be there
    assert.doesNotMatch(json, /[\x00-\x1f\x7f-\x9f]/);
  }
});

Deno.test("putEscaped() writes what needs no escape as it is", () => {
  assert.equal(escaped('a/ü\u00a0😀<>&"\n\u001b\u0085'), 'a/ü\u00a0😀<>&\\"\\n\\u001b\\u0085');
});

for (
  const [name, flags, options, expected] of [
    [
      "a record",
      FINAL,
      { hasTimes: true },
      '{"timestamp":"1970-01-01T00:00:05.000000007Z","message":"a \\"b\\"","is_final":true}',
    ],
    [
      "a record of one of several files",
      FINAL,
      { file: 'x"y', hasTimes: true },
      '{"file":"x\\"y","timestamp":"1970-01-01T00:00:05.000000007Z","message":"a \\"b\\"","is_final":true}',
    ],
    ["a line without a time", FINAL, { hasTimes: false }, '{"message":"a \\"b\\"","is_final":true}'],
    ["a part", 0, { hasTimes: false }, '{"message":"a \\"b\\"","is_final":false}'],
  ] as const
) {
  Deno.test(`recordJson() writes ${name}`, () => {
    const { memory, rows, text } = kernel;
    memory.set(encoder.encode('a "b"  '), text.address);
    rows.seconds[3] = 5;
    rows.nanos[3] = 7;
    rows.messageStart[3] = text.address;
    rows.messageEnd[3] = text.address + 7;
    rows.trimmedEnd[3] = text.address + 5;
    rows.flags[3] = flags;
    const out = createOutput();
    recordJson(options)(out, 3);
    assert.equal(decoder.decode(takeAll(out)), `${expected}\n`);
  });
}
