import assert from "#assert";
import type { Sample } from "./measure.ts";
import { headLine, rowLines } from "./report.ts";
import { rowOf, timeChecks } from "./row.ts";

function sample(more: Partial<Sample>): Sample {
  return { rounds: 3, wallMs: 50, cpuMs: 40, peakRssBytes: 90e6, frames: 1_000, bytes: 1, failures: [], ...more };
}

Deno.test("rowLines stands under headLine, and says which bar is not kept", () => {
  const sides = {
    ours: sample({}),
    peer: sample({ wallMs: 80, cpuMs: 400, frames: 900, healthMs: { checks: 5, p50: 1, p99: 20, max: 30 } }),
  };
  const row = rowOf({
    scenario: "s",
    name: "n".repeat(60),
    sides,
    checks: timeChecks(sides, { atMost: 0.5, clock: "wall" }),
  });
  const [line = "", ...more] = rowLines(row);
  assert(line.startsWith(`${"n".repeat(39)}…`));
  const columns = headLine().length;
  assert.match(line.slice(0, columns), / 50\.0 +80\.0 +– +0\.625 +0\.100 +– +25k +2k +90 +90$/);
  assert.equal(line.slice(columns), "  FAIL wall 0.63 > 0.5, peak MB 90 ≤ 160");
  assert.deepEqual(more.map((text) => text.trim()), [
    "peer: 5 health checks, p50 1.0 ms, p99 20.0 ms, slowest 30.0 ms",
    "records differ: ours 1000, peer 900",
  ]);
});
