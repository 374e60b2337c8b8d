import assert from "#assert";
import { FlagError } from "../usage.ts";
import { readTimeFlag } from "./time_flag.ts";
import { readTimeZone } from "./time_zone.ts";

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
    ["11:30", at("2025-03-04T11:30:00Z")],
    ["8:05:06.5", at("2025-03-04T08:05:06Z", 500_000_000)],
    ["yesterday 17:00", at("2025-03-03T17:00:00Z")],
    ["Yesterday", at("2025-03-03T00:00:00Z")],
    ["today", at("2025-03-04T00:00:00Z")],
    ["2025-03-01 9:15", at("2025-03-01T09:15:00Z")],
    ["2025-03-01T09:15", at("2025-03-01T09:15:00Z")],
    ["2025-03-01T09:15Z", at("2025-03-01T09:15:00Z")],
    ["2025-03-01 09:15z", at("2025-03-01T09:15:00Z")],
    ["2025-03-01 09:15 UTC", at("2025-03-01T09:15:00Z")],
    ["2025-03-01T09:15+01:00", at("2025-03-01T08:15:00Z")],
    ["2025-03-01 09:15 -0530", at("2025-03-01T14:45:00Z")],
    ["2025-03-01 09:15:10+02", at("2025-03-01T07:15:10Z")],
    // As Java's logs have it.
    ["2025-03-01 09:15:10,123", at("2025-03-01T09:15:10Z", 123_000_000)],
    ["11:30Z", at("2025-03-04T11:30:00Z")],
    // It is the fifth of March there.
    ["today 01:00+14:00", at("2025-03-04T11:00:00Z")],
    [undefined, undefined],
  ] as const
) {
  Deno.test(`readTimeFlag() of ${text}`, () => {
    assert.deepEqual(readTimeFlag("since", text, { now }), expected);
  });
}

for (
  const text of [
    "",
    " ",
    "5",
    "5x",
    "m",
    "-5m",
    "5m ago",
    "tomorrow",
    "25:00",
    "8",
    "2025-13-01",
    "1.5h",
    "2025-03-01T09Z",
    "2025-03-01Z",
    "2025-03-01T09:15+24:00",
    "2025-03-01T09:15X",
  ]
) {
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

for (
  const [flag, text, zone, expected] of [
    ["since", "12:30", "Europe/Berlin", "2025-03-04T11:30:00Z"],
    ["since", "yesterday 23:30", "Europe/Berlin", "2025-03-03T22:30:00Z"],
    // It is the third of March still.
    ["since", "today", "Pacific/Honolulu", "2025-03-04T10:00:00Z"],
    ["since", "yesterday", "Asia/Kathmandu", "2025-03-02T18:15:00Z"],
    ["since", "2025-01-02T03:04:05", "Europe/Berlin", "2025-01-02T02:04:05Z"],
    ["since", "2024-07-02 03:04", "Europe/Berlin", "2024-07-02T01:04:00Z"],
    // A zone that is named counts.
    ["since", "2025-01-02T03:04:05Z", "Europe/Berlin", "2025-01-02T03:04:05Z"],
    ["since", "2025-01-02T03:04Z", "Europe/Berlin", "2025-01-02T03:04:00Z"],
    ["until", "2025-01-02 03:04-02:00", "Europe/Berlin", "2025-01-02T05:04:00Z"],
    // Shown twice, when clocks were set back: nothing is left out.
    ["since", "2024-10-27 02:30", "Europe/Berlin", "2024-10-27T00:30:00Z"],
    ["until", "2024-10-27 02:30", "Europe/Berlin", "2024-10-27T01:30:00Z"],
    // Never shown, when they were set forward.
    ["since", "2024-03-31 02:30", "Europe/Berlin", "2024-03-31T01:30:00Z"],
    ["until", "17:00", "UTC", "2025-03-04T17:00:00Z"],
  ] as const
) {
  Deno.test(`readTimeFlag() of --${flag} ${text} in ${zone}`, () => {
    assert.deepEqual(readTimeFlag(flag, text, { now, zone: readTimeZone(zone) }), at(expected));
  });
}

Deno.test("readTimeFlag() refuses an earliest time that is still to come", () => {
  assert.throws(
    () => readTimeFlag("since", "17:00", { now }),
    new FlagError('Cannot use --since: 17:00 is still to come today; yesterday\'s is "yesterday 17:00"'),
  );
});

Deno.test("readTimeZone() refuses a name that is no zone's", () => {
  assert.throws(
    () => readTimeZone("Mars/Olympus"),
    new FlagError('Cannot use --tz: wanted local, UTC or a name such as Europe/Berlin, got "Mars/Olympus"'),
  );
});

Deno.test("readTimeZone() of local is the zone of the process", async () => {
  const program = `
    const { readTimeZone } = await import(${JSON.stringify(import.meta.resolve("./time_zone.ts"))});
    console.log(readTimeZone("local").offsetAt(Date.parse("2025-01-05T00:00:00Z") / 1000));`;
  const args = ["eval", "--quiet", "--ext=ts", program];
  const { stdout } = await new Deno.Command(Deno.execPath(), { args, env: { TZ: "Asia/Kathmandu" } }).output();
  assert.equal(new TextDecoder().decode(stdout), `${5.75 * 3600}\n`);
});
