import assert from "#assert";
import { createRandom } from "../../../tests/support/random.ts";
import { createOutput, takeAll } from "./output.ts";
import { putTime, timeTextIn } from "./time_text.ts";
import { readTimeZone } from "./time_zone.ts";

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

for (
  const [zone, text, expected] of [
    ["Europe/Berlin", "2025-01-05T23:30:00Z", "2025-01-06T00:30:00.000000007+01:00"],
    ["Europe/Berlin", "2025-07-05T23:30:00Z", "2025-07-06T01:30:00.000000007+02:00"],
    ["America/St_Johns", "2025-01-05T00:00:00Z", "2025-01-04T20:30:00.000000007-03:30"],
  ] as const
) {
  Deno.test(`timeTextIn() of ${text} in ${zone}`, () => {
    const out = createOutput();
    const put = timeTextIn(readTimeZone(zone));
    put(out, Date.parse(text) / 1000, 7);
    assert.equal(decoder.decode(takeAll(out)), expected);
  });
}

Deno.test("timeTextIn() follows clocks that are set back", () => {
  const out = createOutput();
  const put = timeTextIn(readTimeZone("Europe/Berlin"));
  const texts = [-1, 0].map((seconds) => {
    put(out, Date.parse("2024-10-27T01:00:00Z") / 1000 + seconds, 0);
    return decoder.decode(takeAll(out)).replace(".000000000", "");
  });
  assert.deepEqual(texts, ["2024-10-27T02:59:59+02:00", "2024-10-27T02:00:00+01:00"]);
});
