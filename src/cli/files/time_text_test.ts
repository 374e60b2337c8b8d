import assert from "#assert";
import { createRandom } from "../../../tests/support/random.ts";
import { createOutput, takeAll } from "./output.ts";
import { putTime } from "./time_text.ts";

const decoder = new TextDecoder();

function timeText(seconds: number, nanos: number): string {
  const out = createOutput();
  putTime(out, seconds, nanos);
  return decoder.decode(takeAll(out));
}

for (
  const [seconds, nanos, expected] of [
    [0, 0, "1970-01-01T00:00:00.000000000Z"],
    [-1, 999_999_999, "1969-12-31T23:59:59.999999999Z"],
    [1_741_064_861, 1, "2025-03-04T05:07:41.000000001Z"],
    [1_741_064_861, 120_000_000, "2025-03-04T05:07:41.120000000Z"],
    [253_402_300_800, 0, "+010000-01-01T00:00:00.000000000Z"],
  ] as const
) {
  Deno.test(`putTime() of ${seconds} s and ${nanos} ns`, () => {
    assert.equal(timeText(seconds, nanos), expected);
  });
}

Deno.test("putTime() says what the platform says, and nine digits", () => {
  const random = createRandom(1);
  let seconds = 0;
  for (let i = 0; i < 2000; i++) {
    // Many of one second follow each other.
    if (random.oneIn(3)) seconds = random.int(4_000_000_000);
    const nanos = random.pick([0, 999_999_999, random.int(1_000_000_000)]);
    const expected = `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${String(nanos).padStart(9, "0")}Z`;
    assert.equal(timeText(seconds, nanos), expected);
  }
});
