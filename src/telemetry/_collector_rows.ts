/**
 * The metrics of the collector alone.
 *
 * @module
 */
import type { MetricRow } from "./metric_row.ts";

/** The rows. */
export const COLLECTOR_ROWS = {
  "objects": {
    kind: "gauge",
    help: "What the collector holds: pods, their owners, either of them that waits for the other, deletes.",
    program: "collector",
    labels: { kind: ["pods", "owners", "waiting_pods", "awaited_owners", "held_deletes"] },
  },
  "pod_events_total": {
    kind: "counter",
    help: "Events about pods that the collector made.",
    program: "collector",
  },
  "objects_skipped_total": {
    kind: "counter",
    help: "Objects of the API server that were left out: they have no uid, or parts of them are odd or too long.",
    program: "collector",
  },
  "kube_troubles_total": {
    kind: "counter",
    help: "Lists and watches that failed and were tried again.",
    program: "collector",
  },
  "sink_connections_total": {
    kind: "counter",
    help: "Connections made to a reducer or relay.",
    program: "collector",
  },
  "sink_overflows_total": {
    kind: "counter",
    help: "Reducers and relays that were given up because they took nothing and too much waited.",
    program: "collector",
  },
  "messages_cut_total": {
    kind: "counter",
    help: "Messages to a reducer that were cut because they were too long.",
    program: "collector",
  },
} as const satisfies Readonly<Record<string, MetricRow>>;
