/**
 * Where the collector's events go, as its settings say.
 *
 * @module
 */
import { createJsonlSink } from "../../collector/jsonl_sink.ts";
import { createReducerSink } from "../../collector/reducer_sink.ts";
import type { Sink } from "../../collector/sink.ts";
import type { Logger } from "../../telemetry/log.ts";
import type { Metrics } from "../../telemetry/metrics.ts";
import type { CollectSettings } from "./collect_settings.ts";
import { print } from "./print.ts";

/** What a sink works with. */
export interface CollectSinkParts {
  /** The operator's log. */
  readonly log: Logger;
  /** What is counted. */
  readonly metrics: Metrics;
  /** Bytes that may wait for a side that takes nothing. @default {that of the sink} */
  readonly maxWaitingBytes?: number;
}

/** Creates the sink that the settings name; what happens to it is counted and logged. */
export async function createCollectSink(
  settings: CollectSettings,
  { log, metrics, maxWaitingBytes }: CollectSinkParts,
): Promise<Sink> {
  const { sink, intakeHost: host, intakePort: port, hostname, version, serverAddress: address } = settings;
  const onRetry = (notice: string): void => log.warn(notice);
  const onConnect = (): void => {
    metrics.add("sink_connections_total");
    log.info("Connected", { sink });
  };
  const limit = maxWaitingBytes === undefined ? {} : { maxWaitingBytes };
  const onOverflow = (): void => metrics.add("sink_overflows_total");
  if (sink === "reducer") {
    const onCut = (): void => metrics.add("messages_cut_total");
    return createReducerSink({ host, port, hostname, version, onRetry, onConnect, onOverflow, onCut, ...limit });
  }
  if (sink === "grpc") {
    const { createRelaySink } = await import("../../collector/relay/relay_sink.ts");
    const { createRelayClient } = await import("../../collector/relay/relay_client.ts");
    return createRelaySink({
      client: createRelayClient({ address }),
      address,
      onRetry,
      onConnect,
      onOverflow,
      ...limit,
    });
  }
  return createJsonlSink({ print });
}
