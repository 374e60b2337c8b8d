import assert from "#assert";
import { createRandom } from "../../../tests/support/random.ts";
import { withBatch } from "../../../tests/support/send_lines.ts";
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
  const [name, tag, options, expected] of [
    [
      "a record",
      "F",
      { hasTimes: true },
      '{"timestamp":"1970-01-01T00:00:05.000000007Z","message":"a \\"b\\"","is_final":true}',
    ],
    [
      "a record of one of several files",
      "F",
      { file: 'x"y', hasTimes: true },
      '{"file":"x\\"y","timestamp":"1970-01-01T00:00:05.000000007Z","message":"a \\"b\\"","is_final":true}',
    ],
    ["a line without a time", "F", { hasTimes: false }, '{"message":"a \\"b\\"","is_final":true}'],
    ["a part", "P", { hasTimes: false }, '{"message":"a \\"b\\"","is_final":false}'],
  ] as const
) {
  Deno.test(`recordJson() writes ${name}`, () => {
    const out = createOutput();
    const line = `1970-01-01T00:00:05.000000007Z stdout ${tag} a "b"  \n`;
    withBatch("1970-01-01T00:00:00Z stdout F before\n" + line, (batch) => recordJson(options)(out, batch, 1));
    assert.equal(decoder.decode(takeAll(out)), `${expected}\n`);
  });
}
