import assert from "#assert";
import { criMessageStart, lineStream } from "./line_stream.ts";

for (
  const [line, stream] of [
    ["2025-03-04T05:00:00Z stdout F a", "stdout"],
    ["2025-03-04T05:00:00.123456789+01:00 stderr P stdout", "stderr"],
    ["\0\0\x002025-03-04T05:00:00Z stderr F a", "stderr"],
    ["2025-03-04T05:00:00Z stdin_ F a", undefined],
    ["2025-03-04T05:00:00Z", undefined],
    ["", undefined],
    ['{"log":"a\\n","stream":"stderr","time":"2025-03-04T05:00:00Z"}', "stderr"],
    ['{"stream":"stdout","log":"\\"stream\\":\\"stderr","time":"2025-03-04T05:00:00Z"}', "stdout"],
    ['{"log":"a\\n","time":"2025-03-04T05:00:00Z"}', undefined],
  ] as const
) {
  Deno.test(`lineStream() of ${JSON.stringify(line)} is ${stream}`, () => {
    const bytes = new TextEncoder().encode(`std ${line}out`);
    assert.equal(lineStream(bytes, 4, 4 + line.length), stream);
  });
}

Deno.test("criMessageStart() is behind time, stream and tag", () => {
  const bytes = new TextEncoder().encode("x 2025-03-04T05:00:00Z stdout P message");
  assert.equal(new TextDecoder().decode(bytes.subarray(criMessageStart(bytes, 2, bytes.length))), "message");
  assert.equal(criMessageStart(bytes, 2, 10), 10);
});
