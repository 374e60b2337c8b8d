/**
 * The metrics that the agent's parts do not drive themselves: they are read from them when somebody asks.
 *
 * @module
 */
import type { LogChanges } from "../../logs/log_changes.ts";
import { countOpenFiles } from "../../logs/open_files.ts";
import type { ThreadPool } from "../../records/parallel/worker_pool.ts";
import type { Metrics } from "../../telemetry/metrics.ts";
import { collectThreadMemory } from "../../telemetry/process_metrics.ts";

/** The parts that are read. */
export interface AgentParts {
  /** The scan workers. */
  readonly workers: ThreadPool;
  /** The watched folders. */
  readonly changes: LogChanges;
}

/** Has the parts read when somebody asks for the metrics. */
export function collectAgentMetrics(metrics: Metrics, { workers, changes }: AgentParts): void {
  metrics.collect("open_files", countOpenFiles);
  metrics.collect("watches", () => changes.watchedFolders());
  collectThreadMemory(metrics, "scan_a", () => workers.memoryOf(0));
  collectThreadMemory(metrics, "scan_b", () => workers.memoryOf(1));
}
