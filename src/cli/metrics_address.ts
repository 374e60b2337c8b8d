/**
 * The plain-HTTP address of a program: opened with what it serves, or not at all.
 *
 * @module
 */
import { type Address, addressText, parseAddress } from "../config/address.ts";
import { listenTarget } from "../rpc/transport/listen_address.ts";
import { measureEventLoopLag } from "../telemetry/event_loop_lag.ts";
import { createLineLimiter } from "../telemetry/line_limiter.ts";
import type { Logger } from "../telemetry/log.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { openMetricsServer } from "../telemetry/metrics_server.ts";
import { createMetricsText } from "../telemetry/metrics_text.ts";
import { collectProcessMetrics } from "../telemetry/process_metrics.ts";
import type { Readiness } from "./readiness.ts";

/** What is served, and where problems go. */
export interface MetricsAddressOptions {
  /** The metrics. */
  readonly metrics: Metrics;
  /** What `/readyz` tells. */
  readonly readiness: Readiness;
  /** The operator's log. */
  readonly log: Logger;
}

/**
 * Opens the address, and measures what only those see who ask there.
 * @throws {MetricsAddressError} when it cannot be opened
 */
export async function openMetricsAddress(
  address: Address,
  { metrics, readiness, log }: MetricsAddressOptions,
): Promise<AsyncDisposable> {
  const minutely = createLineLimiter();
  const server = await openMetricsServer(parseAddress(listenTarget(address)) ?? address, {
    text: await createMetricsText(metrics),
    missing: () => readiness.missing(),
    onError: (error) => {
      const text = String(error);
      if (minutely({ kind: "error", what: text }) !== undefined) {
        log.error("Cannot answer at metrics.addr", { error: text });
      }
    },
    onRefuse: (client) => {
      if (minutely({ kind: "refuse", who: client, what: "connection" }) === undefined) return;
      log.warn("Refused a connection to metrics.addr: too many are open", { address: client });
    },
  });
  collectProcessMetrics(metrics);
  const lag = measureEventLoopLag(metrics);
  log.info(`Serving metrics and probes on ${addressText({ ...address, port: server.port })}`);
  return {
    [Symbol.asyncDispose]: async () => {
      lag[Symbol.dispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}
