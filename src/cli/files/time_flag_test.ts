import assert from "#assert";
import { FlagError } from "../usage.ts";
import { readTimeFlag } from "./time_flag.ts";

const now = (): number => Date.parse("2025-03-04T12:00:00.250Z");
const at = (text: string, nanos = 0): { seconds: number; nanos: number } => ({
  seconds: Date.parse(text) / 1000,
  nanos,
});

for (
  const [text, expected] of [
    ["90s", at("2025-03-04T11:58:30Z", 250_000_000)],
    ["5m", at("2025-03-04T11:55:00Z", 250_000_000)],
    ["1h30m", at("2025-03-04T10:30:00Z", 250_000_000)],
    ["2d", at("2025-03-02T12:00:00Z", 250_000_000)],
    ["1w", at("2025-02-25T12:00:00Z", 250_000_000)],
    ["0s", at("2025-03-04T12:00:00Z", 250_000_000)],
    ["2025-03-04T11:55:00.123456789Z", at("2025-03-04T11:55:00Z", 123_456_789)],
    ["2025-03-04T11:55:00+01:00", at("2025-03-04T10:55:00Z")],
    ["2025-03-04", at("2025-03-04T00:00:00Z")],
    [undefined, undefined],
  ] as const
) {
  Deno.test(`readTimeFlag() of ${text}`, () => {
    assert.deepEqual(readTimeFlag("since", text, { now }), expected);
  });
}

for (const text of ["", " ", "5", "5x", "m", "-5m", "5m ago", "yesterday", "2025-13-01", "1.5h"]) {
  Deno.test(`readTimeFlag() refuses ${JSON.stringify(text)} and names the flag`, () => {
    assert.throws(
      () => readTimeFlag("since", text, { now }),
      (error: unknown) =>
        error instanceof FlagError && error.message.startsWith("Cannot use --since: wanted a time as "),
    );
  });
}

Deno.test("readTimeFlag() of more time than there has been is the earliest time there can be", () => {
  assert.deepEqual(readTimeFlag("since", `${"9".repeat(400)}w`, { now }), { seconds: -8.64e12, nanos: 0 });
});
