/**
 * The metrics of a process, whichever program it runs.
 *
 * @module
 */
import type { MetricRow } from "./metric_row.ts";
import { VERSION } from "./version.ts";

/** Seconds by which a timer may be late: from what is usual to what a probe takes for a dead process. */
const LAG_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5] as const;

/** The rows. */
export const PROCESS_ROWS = {
  "build_info": {
    kind: "gauge",
    help: "Always 1; the labels tell what runs.",
    program: "both",
    labels: { version: [VERSION], deno_version: [Deno.version.deno], v8_version: [Deno.version.v8] },
  },
  "memory_bytes": {
    kind: "gauge",
    help: "Memory of the engine by thread: of the heap what is used and what is held, and what lies outside of it.",
    program: "both",
    labels: { worker: ["main", "scan_a", "scan_b"], area: ["heap_used", "heap_held", "external"] },
  },
  "event_loop_lag_seconds": {
    kind: "histogram",
    help: "By how much a timer of the main thread was late, measured twice a second.",
    program: "both",
    buckets: LAG_SECONDS,
  },
  "process_cpu_seconds_total": {
    kind: "counter",
    help: "Processor time of all threads, in user mode and in the kernel.",
    program: "both",
  },
  "process_resident_memory_bytes": {
    kind: "gauge",
    help: "Resident memory of the process.",
    program: "both",
  },
  "process_start_time_seconds": {
    kind: "gauge",
    help: "When the process started, in seconds since 1970.",
    program: "both",
  },
} as const satisfies Readonly<Record<string, MetricRow>>;
