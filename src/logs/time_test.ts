import assert from "#assert";
import fc from "fast-check";
import { checkProperty } from "../../tests/support/property.ts";
import { compareTime, daysFromCivil, daysInMonth, parseBound, readTime, type Time, TimeError } from "./time.ts";

const encoder = new TextEncoder();

/** The instant of a header's time as `seconds.nanos`, or `undefined`. */
function read(text: string): string | undefined {
  // Bytes around it must not count.
  const bytes = encoder.encode(`9${text}9`);
  const time: Time = { seconds: NaN, nanos: NaN };
  return readTime(bytes, 1, bytes.length - 1, time) ? shown(time) : undefined;
}

function shown(time: Time | undefined): string | undefined {
  return time === undefined ? undefined : `${time.seconds}.${String(time.nanos).padStart(9, "0")}`;
}

Deno.test("readTime() reads equal instants as equal, whatever the offset and the length of the fraction", () => {
  const instant = "1727761246.960135302";
  for (
    const text of [
      "2024-10-01T05:40:46.960135302Z",
      "2024-10-01T05:40:46.960135302z",
      "2024-10-01t05:40:46.960135302Z",
      "2024-10-01T07:40:46.960135302+02:00",
      "2024-10-01T07:40:46.960135302+0200",
      "2024-10-01T07:40:46.960135302+02",
      "2024-10-01T00:10:46.960135302-05:30",
      "2024-10-01T05:40:46.960135302+00:00",
      "2024-10-01T05:40:46.960135302-00:00",
      "2024-10-01T05:40:46.960135302",
      "+2024-10-01T05:40:46.960135302Z",
      "2024-10-01T05:40:46.9601353029999Z",
      "2024-10-02T05:39:46.960135302+23:59",
    ]
  ) assert.equal(read(text), instant, text);
});

Deno.test("readTime() keeps each digit of a fraction up to the ninth", () => {
  const digits = "123456789";
  for (let length = 1; length <= 9; length++) {
    assert.equal(
      read(`1970-01-01T00:00:00.${digits.slice(0, length)}Z`),
      `0.${digits.slice(0, length).padEnd(9, "0")}`,
    );
  }
  assert.equal(read("1970-01-01T00:00:00Z"), "0.000000000");
  assert.equal(read(`1970-01-01T00:00:00.${"0".repeat(30)}1Z`), "0.000000000");
});

Deno.test("readTime() counts nanoseconds forward before 1970, too", () => {
  assert.equal(read("1969-12-31T23:59:59.25Z"), "-1.250000000");
  assert.equal(read("0000-01-01T00:00:00Z"), "-62167219200.000000000");
  assert.equal(read("-0001-12-31T23:59:59Z"), "-62167219201.000000000");
  assert.equal(read("+99999-12-31T23:59:59Z"), "3093527980799.000000000");
});

Deno.test("readTime() takes second 60 for second 59 and a date alone for its first second", () => {
  assert.equal(read("2016-12-31T23:59:60Z"), read("2016-12-31T23:59:59Z"));
  assert.equal(read("2016-12-31T23:59:60.5Z"), read("2016-12-31T23:59:59.5Z"));
  assert.equal(read("2016-12-31"), read("2016-12-31T00:00:00Z"));
});

Deno.test("readTime() refuses what is no time", () => {
  for (
    const text of [
      "",
      "2024",
      "2024-10",
      "2024-02-30",
      "2023-02-29T00:00:00Z",
      "2024-13-01T00:00:00Z",
      "2024-00-01T00:00:00Z",
      "2024-01-00T00:00:00Z",
      "2024-04-31T00:00:00Z",
      "2024-01-01T24:00:00Z",
      "2024-01-01T00:60:00Z",
      "2024-01-01T00:00:61Z",
      "2024-01-01T00:00:00.Z",
      "2024-01-01T00:00:00.",
      "2024-01-01T00:00:00,5Z",
      "2024-01-01T00:00Z",
      "2024-01-01T00:00:0",
      "2024-01-01 00:00:00Z",
      "2024-01-01T00:00:00ZZ",
      "2024-01-01T00:00:00 Z",
      "2024-01-01T00:00:00+24:00",
      "2024-01-01T00:00:00+02:60",
      "2024-01-01T00:00:00+2:00",
      "2024-01-01T00:00:00+02:",
      "2024-01-01T00:00:00+020",
      "2024-01-01T00:00:00+",
      "2024/01/01T00:00:00Z",
      "202a-01-01T00:00:00Z",
      "24-01-01T00:00:00Z",
      "+202-01-01T00:00:00Z",
      "+999999-01-01T00:00:00Z",
      "12024-01-01T00:00:00Z",
      "2024-01-01T00:00:00Zjunk",
      " 2024-01-01T00:00:00Z",
      "２０２４-01-01T00:00:00Z",
      "\0\0\0\0-\0\0-\0\0",
    ]
  ) assert.equal(read(text), undefined, JSON.stringify(text));
});

Deno.test("readTime() reads every time that it is given as Date does, to the second", async () => {
  // From the year 0 to 9999.
  await checkProperty(fc.integer({ min: -62_167_219_200, max: 253_402_300_799 }), (seconds) => {
    const iso = new Date(seconds * 1000).toISOString();
    assert.equal(read(iso), `${seconds}.000000000`, iso);
  }, { runs: 5000 });
});

Deno.test("daysFromCivil() and daysInMonth() agree with Date for each day of eight centuries", () => {
  let days = daysFromCivil(1600, 1, 1);
  for (let year = 1600; year < 2400; year++) {
    for (let month = 1; month <= 12; month++) {
      assert.equal(days, Date.UTC(year, month - 1, 1) / 86_400_000);
      assert.equal(daysInMonth(year, month), new Date(Date.UTC(year, month, 0)).getUTCDate());
      assert.equal(daysFromCivil(year, month, 1), days);
      days += daysInMonth(year, month);
    }
  }
});

Deno.test("compareTime() orders by seconds, then by nanoseconds", () => {
  const ordered = [
    { seconds: -2, nanos: 999_999_999 },
    { seconds: -1, nanos: 0 },
    { seconds: 0, nanos: 0 },
    { seconds: 0, nanos: 1 },
    { seconds: 1, nanos: 0 },
  ];
  for (const [i, a] of ordered.entries()) {
    for (const [j, b] of ordered.entries()) assert.equal(Math.sign(compareTime(a, b)), Math.sign(i - j));
  }
});

Deno.test("parseBound() takes a blank text for no bound", () => {
  for (const text of ["", " ", "\t\n", "\u00a0"]) assert.equal(parseBound(text), undefined);
});

Deno.test("parseBound() takes RFC 3339, and the looser forms that callers were used to", () => {
  const instant = "1727761246.500000000";
  for (
    const text of [
      "2024-10-01T05:40:46.5Z",
      "  2024-10-01T05:40:46.5Z\n",
      "2024-10-01 05:40:46.5Z",
      "2024-10-01 05:40:46.5 UTC",
      "2024-10-01 05:40:46.5 +00:00",
      "2024-10-01T07:40:46.5+02:00",
      "2024-10-01T07:40:46.5+0200",
      "2024-10-01T07:40:46.5+02",
      "2024-10-01t05:40:46.500000000z",
      "2024-10-01T05:40:46.5",
    ]
  ) assert.equal(shown(parseBound(text)), instant, text);
  assert.equal(shown(parseBound("2024-10-01")), "1727740800.000000000");
});

Deno.test("parseBound() names what it wanted and what it got, cut where that is long", () => {
  for (const text of ["yesterday", "1727761246", "2024-02-30T00:00:00Z", "2024-10-01T05:40", "0", "-", "null"]) {
    assert.throws(
      () => parseBound(text),
      (error: unknown) => error instanceof TimeError && error.message.endsWith(`got ${JSON.stringify(text)}`),
      text,
    );
  }
  assert.throws(() => parseBound("x".repeat(1_000_000)), (error: Error) => error.message.length < 300);
});

Deno.test("parseBound() reads no text of more than 1,024 characters, blank or not", () => {
  assert.deepEqual(parseBound(`${" ".repeat(1_000)}2006-01-02`), parseBound("2006-01-02"));
  for (
    const text of [" ".repeat(1_025), `2006-01-02T15:04:05.${"9".repeat(1_025)}Z`, "2006-01-02" + " ".repeat(1_015)]
  ) {
    assert.throws(() => parseBound(text), { name: "TimeError" });
  }
});
