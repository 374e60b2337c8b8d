import assert from "#assert";
import type { Time } from "../../src/logs/time.ts";
import { requestedRecords } from "../../src/rpc/services/record_request.ts";
import { statusOf } from "../../src/rpc/status.ts";
import { type NaiveRecord, naiveRecords, naiveTime } from "../support/naive_records.ts";
import { checkRandom } from "../support/property.ts";
import type { Random } from "../support/random.ts";
import { anyLog } from "../support/test_services.ts";
import { bytesOf, scan, shown } from "./_scan.ts";

const INVALID_ARGUMENT = 3;
const BASE = Date.parse("2024-10-01T05:00:00Z") / 1000;

/** Seconds after the base, with nine digits. */
function at(seconds: number): string {
  const nanos = BigInt(Math.round(seconds * 1e9));
  const whole = nanos / 1_000_000_000n;
  const date = new Date((BASE + Number(whole)) * 1000).toISOString().slice(0, 19);
  return `${date}.${String(nanos % 1_000_000_000n).padStart(9, "0")}Z`;
}

const line = (time: string, message: string): string => `${time} stdout F ${message}\n`;

/** Small enough for a log of some hundred lines to be cut into parts. */
const SAMPLED = { linearBytes: 0, minPartBytes: 512 };

/** What a linear reader gives. */
function oracle(log: string, bounds: { start?: string; stop?: string }): NaiveRecord[] {
  const time = (text: string | undefined): Time | undefined => text === undefined ? undefined : naiveTime(text);
  return naiveRecords(bytesOf(log), "cri", { start: time(bounds.start), stop: time(bounds.stop) });
}

Deno.test("fault 47: all of ten thousand lines of one time lie on both sides of a bound at it, and none beyond", async () => {
  const lines = Array.from({ length: 10_000 }, (_, i) => line(at(5), String(i))).join("");
  const log = line(at(4), "before") + lines + line(at(6), "after");
  for (const how of [{}, SAMPLED]) {
    const count = async (bounds: { start?: string; stop?: string }): Promise<number> =>
      (await scan(log, { ...bounds, ...how, blockBytes: [4096, 256 * 1024] })).records.length;
    assert.equal(await count({ start: at(5) }), 10_001);
    assert.equal(await count({ stop: at(5) }), 10_001);
    assert.equal(await count({ start: at(5), stop: at(5) }), 10_000);
    assert.equal(await count({ start: at(5.000000001) }), 1);
    assert.equal(await count({ stop: at(4.999999999) }), 1);
  }
});

Deno.test("fault 48: a line that is a little older than the one before it is not lost at a bound", async () => {
  const log = [5, 4.995, 5.001, 5, 5.002, 4.999].map((seconds, i) => line(at(seconds), String(i))).join("");
  for (const how of [{}, SAMPLED]) {
    assert.deepEqual(shown(await scan(log, { start: at(5), ...how })), ["0", "2", "3", "4"]);
    assert.deepEqual(shown(await scan(log, { stop: at(5), ...how })), ["0", "1", "3", "5"]);
    assert.deepEqual(shown(await scan(log, { start: at(4.999), stop: at(5), ...how })), ["0", "3", "5"]);
  }
});

/** A log of the given clock readings, with stderr lines a few milliseconds behind. */
function logOf(readings: readonly number[]): string {
  return readings.map((seconds, i) => line(at(seconds - (i % 3 === 1 ? 0.005 : 0)), `line ${i}`)).join("");
}

async function agreesWithOracle(log: string, times: readonly number[]): Promise<void> {
  for (const from of times) {
    for (const to of [undefined, from, from + 30, from + 3600]) {
      const bounds = { start: at(from), ...(to === undefined ? {} : { stop: at(to) }) };
      const wanted = oracle(log, bounds);
      for (const how of [{}, SAMPLED]) {
        const { records } = await scan(log, { ...bounds, ...how, blockBytes: [4096] });
        assert.deepEqual(records, wanted, JSON.stringify({ ...bounds, ...how }));
      }
    }
  }
}

Deno.test("fault 49: with a clock that was set back an hour, bounds give what a linear reader gives", async () => {
  const readings = Array.from({ length: 400 }, (_, i) => 7200 + i * 10 - (i >= 200 ? 3600 : 0));
  await agreesWithOracle(logOf(readings), [0, 5600, 5601, 7200, 7300, 9190, 9199, 9200, 20_000]);
});

Deno.test("fault 50: with a clock that was ahead for a while, bounds give what a linear reader gives", async () => {
  const readings = Array.from({ length: 400 }, (_, i) => 7200 + i * 10 + (i >= 150 && i < 250 ? 86_400 : 0));
  await agreesWithOracle(logOf(readings), [0, 7200, 8690, 8700, 9700, 95_100, 95_101, 96_000, 96_090, 200_000]);
});

/**
 * Clock readings of lines, with a jitter of milliseconds and steps of up to two hours that last for at least sixty
 * lines.
 */
function randomReadings(random: Random): number[] {
  let now = 10_000;
  let until = 60;
  return Array.from({ length: 100 + random.int(500) }, (_, i) => {
    if (i === until) {
      now = Math.max(8000, now + random.int(14_400) - 7200);
      until += 60 + random.int(100);
    }
    now += random.int(5000) / 1000;
    return now - (random.oneIn(4) ? random.int(50) / 1000 : 0);
  });
}

Deno.test("faults 48 to 50: whatever the clock does, the parts of a large log that are left out hold nothing wanted", async () => {
  await checkRandom(async (random) => {
    const readings = randomReadings(random);
    const log = readings.map((seconds, i) => line(at(seconds), `line ${i}`)).join("");
    for (let round = 0; round < 4; round++) {
      const from = random.pick(readings);
      const bounds = {
        ...(random.oneIn(4) ? {} : { start: at(from) }),
        ...(random.oneIn(4) ? {} : { stop: at(from + random.int(600)) }),
      };
      const how = { linearBytes: 0, minPartBytes: 300 + random.int(1000) };
      const { records } = await scan(log, { ...bounds, ...how, blockBytes: [4096] });
      assert.deepEqual(records, oracle(log, bounds), JSON.stringify({ ...bounds, ...how }));
    }
  }, { runs: 60 });
});

Deno.test("fault 51: equal instants are equal in a bound, whatever their form, and every nanosecond counts", async () => {
  const instant = "2024-10-01T05:40:46.5";
  const forms = ["Z", "z", "+00:00", "00Z", "00000000Z", "000000000+00:00"].map((end) => instant + end);
  const zoned = ["2024-10-01T07:40:46.5+02:00", "2024-10-01T00:10:46.50-05:30", "2024-10-01T05:40:46.500000000z"];
  const log = [...forms, ...zoned].map((form) => line(form, form)).join("");
  for (const bound of [...forms, ...zoned]) {
    assert.equal((await scan(log, { start: bound, stop: bound })).records.length, forms.length + zoned.length, bound);
  }
  const none = { start: "2024-10-01T05:40:46.500000001Z", stop: "2024-10-01T05:40:46.500000001Z" };
  assert.deepEqual((await scan(log, none)).records, []);
  assert.deepEqual((await scan(log, { stop: "2024-10-01T05:40:46.499999999Z" })).records, []);
  const whole = "2024-10-01T05:40:46Z";
  const { records } = await scan(line(whole, "a") + line("2024-10-01T05:40:46.000000001Z", "b"), { stop: whole });
  assert.deepEqual(records.map(({ message, nanos }) => [message, nanos]), [["a", 0]]);
});

/** The status that a request with these bounds would end with, or `undefined`. */
function refusal(bounds: { start_time?: string; stop_time?: string }): { code: number; details: string } | undefined {
  try {
    requestedRecords({ ...anyLog, ...bounds });
    return undefined;
  } catch (error) {
    return statusOf(error);
  }
}

Deno.test("fault 52: a bound that is no time is INVALID_ARGUMENT and names the field and the value; a blank is no bound", () => {
  for (const text of ["", " ", "\t"]) assert.equal(refusal({ start_time: text, stop_time: text }), undefined);
  for (
    const text of [
      "garbage",
      "2024-02-30T00:00:00Z",
      "2023-02-29T00:00:00Z",
      "2024-13-01T00:00:00Z",
      "2024-01-01T25:00:00Z",
      "2024-01-01T00:00:61Z",
      "2024-01-01T00:00:00+25:00",
      "1727761246",
      "1727761246960",
      "0",
      "now",
      "2024-01-01T00:00:00Z; drop",
    ]
  ) {
    for (const field of ["start_time", "stop_time"] as const) {
      const { code: given, details = "" } = refusal({ [field]: text }) ?? {};
      assert.equal(given, INVALID_ARGUMENT, text);
      assert.ok(details.startsWith(`Cannot use ${field}: `) && details.endsWith(JSON.stringify(text)), details);
    }
  }
});

Deno.test("fault 52: second 60 is second 59, year 0 and a tenth digit are taken", () => {
  const start = (text: string): unknown => requestedRecords({ ...anyLog, start_time: text }).start;
  assert.deepEqual(start("2016-12-31T23:59:60Z"), start("2016-12-31T23:59:59Z"));
  assert.deepEqual(start("0000-01-01T00:00:00Z"), { seconds: -62_167_219_200, nanos: 0 });
  assert.deepEqual(start("2024-10-01T05:40:46.1234567899Z"), start("2024-10-01T05:40:46.123456789Z"));
});

Deno.test("fault 53: a start behind the stop gives nothing, and is no error", async () => {
  const log = line(at(1), "a") + line(at(2), "b") + line(at(3), "c");
  for (const how of [{}, SAMPLED]) {
    assert.deepEqual(await scan(log, { start: at(3), stop: at(1), ...how }), { records: [], skipped: 0 });
    assert.deepEqual(await scan(log, { start: at(2.1), stop: at(2), ...how }), { records: [], skipped: 0 });
  }
});
