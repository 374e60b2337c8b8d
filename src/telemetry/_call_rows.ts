/**
 * The metrics of calls, by the names that the ecosystem of gRPC has for them.
 *
 * @module
 */
import { GRPC_CODES, METHOD } from "./call_labels.ts";
import type { MetricRow } from "./metric_row.ts";

/** Seconds that a call may take, as the libraries of gRPC divide them. */
const CALL_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

/** The rows. */
export const CALL_ROWS = {
  "grpc_server_started_total": {
    kind: "counter",
    help: "Calls that have reached their handler.",
    labels: METHOD,
  },
  "grpc_server_handled_total": {
    kind: "counter",
    help: "Calls that have ended, by the status that the caller got.",
    labels: { ...METHOD, grpc_code: GRPC_CODES },
  },
  "grpc_server_msg_received_total": {
    kind: "counter",
    help: "Messages that callers have sent.",
    labels: METHOD,
  },
  "grpc_server_msg_sent_total": {
    kind: "counter",
    help: "Messages that were sent to callers.",
    labels: METHOD,
  },
  "grpc_server_handling_seconds": {
    kind: "histogram",
    help: "How long calls took, to their end.",
    labels: METHOD,
    buckets: CALL_SECONDS,
  },
} as const satisfies Readonly<Record<string, MetricRow>>;
