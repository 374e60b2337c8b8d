/**
 * What the process tells of itself without any permission. How many descriptors it has open is not among that.
 *
 * @module
 */
import process from "node:process";
import type { Metrics } from "./metrics.ts";
import { VERSION } from "./version.ts";

/** What the engine of one thread holds. */
export type ThreadMemory = Pick<Deno.MemoryUsage, "heapUsed" | "heapTotal" | "external">;

/** Has the process read when somebody asks for the metrics. */
export function collectProcessMetrics(metrics: Metrics): void {
  metrics.set("build_info", 1, { version: VERSION, deno_version: Deno.version.deno, v8_version: Deno.version.v8 });
  metrics.set("process_start_time_seconds", performance.timeOrigin / 1_000);
  metrics.collect("process_resident_memory_bytes", () => Deno.memoryUsage().rss);
  metrics.collect("process_cpu_seconds_total", () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000_000;
  });
  collectThreadMemory(metrics, "main", () => Deno.memoryUsage());
}

/** Has the memory of a thread read when somebody asks for the metrics; `undefined` means that it does not run. */
export function collectThreadMemory(
  metrics: Metrics,
  worker: "main" | "scan_a" | "scan_b",
  read: () => ThreadMemory | undefined,
): void {
  metrics.collect("memory_bytes", () => read()?.heapUsed, { worker, area: "heap_used" });
  metrics.collect("memory_bytes", () => read()?.heapTotal, { worker, area: "heap_held" });
  metrics.collect("memory_bytes", () => read()?.external, { worker, area: "external" });
}
