import assert from "#assert";
import { measureEventLoopLag } from "./event_loop_lag.ts";
import { createMetrics, type Metrics } from "./metrics.ts";

/** The buckets that something was counted in, by their bounds. */
function counted(metrics: Metrics): Record<string, number> {
  const lag = metrics.families().find(({ name }) => name === "cluster_agent_event_loop_lag_seconds");
  const [sample] = lag?.samples() ?? [];
  let before = 0;
  const own = (sample?.buckets ?? []).map(({ bound, count }) => {
    const more = count - before;
    before = count;
    return [String(bound), more] as const;
  });
  return Object.fromEntries(own.filter(([, count]) => count > 0));
}

Deno.test("the lag is by how much a tick comes later than it is due, and a tick that is early has none", () => {
  const metrics = createMetrics();
  let nowMs = 10_000;
  let tick = (): void => assert.fail("nothing ticks yet");
  let stopped = 0;
  const measuring = measureEventLoopLag(metrics, {
    clock: () => nowMs,
    startTicks: (ms, onTick) => {
      assert.equal(ms, 500);
      tick = onTick;
      return () => void stopped++;
    },
  });
  for (const afterMs of [500, 499.5, 530, 700, 3_500, 500]) {
    nowMs += afterMs;
    tick();
  }
  assert.deepEqual(counted(metrics), { "0.001": 3, "0.05": 1, "0.25": 1 });
  assert.equal(metrics.value("event_loop_lag_seconds"), 6);
  measuring[Symbol.dispose]();
  assert.equal(stopped, 1);
});

Deno.test("a thread that is blocked for longer than a tick is always seen", async () => {
  const metrics = createMetrics();
  using _measuring = measureEventLoopLag(metrics);
  const end = performance.now() + 800;
  while (performance.now() < end) { /* blocked */ }
  // Due before this timer, so it comes first.
  await new Promise((resolve) => setTimeout(resolve, 1));
  assert.equal(metrics.value("event_loop_lag_seconds"), 1);
  const [late] = Object.keys(counted(metrics)).map(Number);
  assert.ok(late !== undefined && late >= 0.5, `at most ${late} s`);
});
