import assert from "#assert";
import { retryAfterMs } from "./_retry_after.ts";

const now = (): number => Date.UTC(2026, 0, 2, 3, 4, 5);

Deno.test.each(
  [
    ["0", 0],
    ["1", 1_000],
    [" 7 ", 7_000],
    ["3600", 60_000],
    ["9".repeat(40), 60_000],
    ["Fri, 02 Jan 2026 03:04:08 GMT", 3_000],
    ["Fri, 02 Jan 2026 03:04:00 GMT", 0],
    ["Sat, 03 Jan 2026 03:04:05 GMT", 60_000],
    ["9".repeat(41), undefined],
    ["-1", undefined],
    ["1.5", undefined],
    ["soon", undefined],
    ["Sunday", undefined],
    ["", undefined],
    [undefined, undefined],
  ] as const,
)("retryAfterMs() makes of %s %s", (header, expected) => {
  assert.equal(retryAfterMs(header, now), expected);
});
