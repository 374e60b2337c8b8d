import assert from "#assert";
import { createRecordingLog, type RecordingLog } from "../../../tests/support/recording_log.ts";
import { createMetrics, type Metrics } from "../../telemetry/metrics.ts";
import { createExpiry, type Expiry } from "./expiry.ts";

const DAY = 86_400_000;
const START = Date.parse("2026-01-01T00:00:00Z");

interface Rig extends Pick<RecordingLog, "take" | "lines"> {
  readonly expiry: Expiry;
  readonly metrics: Metrics;
  setNow(ms: number): void;
}

function rig(): Rig {
  let nowMs = START;
  const metrics = createMetrics();
  const { log, take, lines } = createRecordingLog();
  return { expiry: createExpiry({ log, metrics, now: () => nowMs }), metrics, take, lines, setNow: (ms) => nowMs = ms };
}

Deno.test("when a certificate expires is a metric, by which one it is", () => {
  const { expiry, metrics } = rig();
  expiry.set("server", { path: "/c", notAfter: START + 100 * DAY });
  expiry.set("ca", { path: "/a", notAfter: START + 200 * DAY });
  const of = (certificate: "server" | "ca"): number =>
    metrics.value("tls_certificate_expiry_timestamp_seconds", { certificate });
  assert.deepEqual([of("server"), of("ca")], [(START + 100 * DAY) / 1_000, (START + 200 * DAY) / 1_000]);
  expiry.set("server", { path: "/c", notAfter: START + 300 * DAY });
  assert.equal(of("server"), (START + 300 * DAY) / 1_000);
});

Deno.test("a warning comes seven days before, then one each day, and none after a renewal", () => {
  const { expiry, take, lines, setNow } = rig();
  const end = START + 10 * DAY;
  expiry.set("server", { path: "/c", notAfter: end });
  const linesAt = (ms: number): string[] => {
    setNow(ms);
    for (let poll = 0; poll < 3; poll++) expiry.check();
    return take();
  };
  const soon = ["warn: A certificate expires soon"];
  assert.deepEqual(linesAt(end - 7 * DAY - 1), []);
  assert.deepEqual(linesAt(end - 7 * DAY), soon);
  assert.deepEqual(lines[0]?.fields, { file: "/c", expires: "2026-01-11T00:00:00.000Z" });
  assert.deepEqual(linesAt(end - 6 * DAY - 1), []);
  assert.deepEqual(linesAt(end - 6 * DAY), soon);
  assert.deepEqual(linesAt(end + 1), ["warn: A certificate has expired"]);
  expiry.set("server", { path: "/c", notAfter: end + 90 * DAY });
  assert.deepEqual(linesAt(end + 2), []);
});

Deno.test("a certificate that has expired, or does not hold yet, is warned of when it is taken into use", () => {
  const { expiry, take } = rig();
  expiry.set("ca", { path: "/a", notAfter: START - 1 });
  assert.deepEqual(take(), ["warn: A certificate has expired"]);
  expiry.set("server", { path: "/c", notBefore: START + DAY, notAfter: START + 90 * DAY });
  assert.deepEqual(take(), ["warn: A certificate does not hold yet"]);
});
