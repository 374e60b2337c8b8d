import assert from "#assert";
import { createMetrics } from "./metrics.ts";
import { collectProcessMetrics, collectThreadMemory, type ThreadMemory } from "./process_metrics.ts";
import { VERSION } from "./version.ts";

Deno.test("the process tells its memory, its time and what it runs", () => {
  const metrics = createMetrics();
  const before = Deno.memoryUsage();
  collectProcessMetrics(metrics);
  const labels = { version: VERSION, deno_version: Deno.version.deno, v8_version: Deno.version.v8 } as const;
  assert.equal(metrics.value("build_info", labels), 1);
  const rss = metrics.value("process_resident_memory_bytes");
  assert.ok(rss > before.rss / 2 && rss < before.rss * 2, `${rss} bytes`);
  const used = metrics.value("memory_bytes", { worker: "main", area: "heap_used" });
  const held = metrics.value("memory_bytes", { worker: "main", area: "heap_held" });
  assert.ok(used > 0 && used <= held && held < rss, `${used} of ${held} of ${rss} bytes`);
  assert.ok(metrics.value("memory_bytes", { worker: "main", area: "external" }) > 0);
  const startedMs = metrics.value("process_start_time_seconds") * 1_000;
  assert.ok(startedMs > Date.now() - 3_600_000 && startedMs <= Date.now(), `${startedMs}`);
});

Deno.test("the processor time grows with the work, in seconds", () => {
  const metrics = createMetrics();
  collectProcessMetrics(metrics);
  const before = metrics.value("process_cpu_seconds_total");
  const end = performance.now() + 10_000;
  while (metrics.value("process_cpu_seconds_total") < before + 0.05) {
    assert.ok(performance.now() < end, "50 ms of work");
  }
  // All threads of a test together come nowhere near that.
  assert.ok(metrics.value("process_cpu_seconds_total") < 3_600);
});

Deno.test("the memory of a thread that does not run is not told", () => {
  const metrics = createMetrics();
  const told: ThreadMemory[] = [];
  collectThreadMemory(metrics, "scan_b", () => told[0]);
  const areas = ["heap_used", "heap_held", "external"] as const;
  const read = (): number[] => areas.map((area) => metrics.value("memory_bytes", { worker: "scan_b", area }));
  assert.deepEqual(read(), [NaN, NaN, NaN]);
  told.push({ heapUsed: 1, heapTotal: 2, external: 3 });
  assert.deepEqual(read(), [1, 2, 3]);
});
