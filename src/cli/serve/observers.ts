/**
 * Who is told of each call: metrics always, the access log and traces where they are wanted.
 *
 * @module
 */
import { type AccessLogOptions, createAccessLog } from "../../rpc/access_log.ts";
import type { CallObserver } from "../../rpc/agent_call.ts";
import { createCallMetrics } from "../../rpc/call_metrics.ts";
import { createCallSpans } from "../../rpc/call_spans.ts";
import { loadTracer } from "../../telemetry/load_tracer.ts";
import type { Metrics } from "../../telemetry/metrics.ts";
import { VERSION } from "../../telemetry/version.ts";

/** What observers work with. */
export interface ObserversOptions extends AccessLogOptions {
  /** What is counted. */
  readonly metrics: Metrics;
}

/** Makes the observers of an agent's calls. */
export async function createObservers({ metrics, ...options }: ObserversOptions): Promise<readonly CallObserver[]> {
  const tracer = await loadTracer({ version: VERSION });
  const observers = [createCallMetrics(metrics), createAccessLog(options), tracer && createCallSpans({ tracer })];
  return observers.filter((observer) => observer !== undefined);
}
