/**
 * Everything that is measured: one row per metric, by its name without the prefix.
 *
 * To measure something new, add its row here. A label has its fixed list of values: none that a caller can choose, no
 * namespace, no pattern, no user.
 *
 * @module
 */

import { CALL_ROWS } from "./_call_rows.ts";
import { COLLECTOR_ROWS } from "./_collector_rows.ts";
import { PROCESS_ROWS } from "./_process_rows.ts";
import type { MetricRow } from "./metric_row.ts";

/** What comes before the name of a metric, except where the name is that of an ecosystem. */
const PREFIX = "cluster_agent_";

/** All metrics. */
export const METRICS = {
  ...PROCESS_ROWS,
  ...CALL_ROWS,
  "sent_bytes_total": {
    kind: "counter",
    help: "Bytes of messages sent to clients, with the five bytes before each.",
  },
  "scanned_bytes_total": {
    kind: "counter",
    help: "Bytes of logs that were searched, of compressed ones those of their content.",
    labels: { direction: ["forward", "backward"] },
  },
  "log_rotations_total": {
    kind: "counter",
    help: "Rotations of followed logs that were read across.",
  },
  "open_files": {
    kind: "gauge",
    help: "Files of logs that are open, without those that scan workers have open.",
  },
  "watches": {
    kind: "gauge",
    help: "Folders of logs that are watched for changes.",
  },
  "records_sent_total": {
    kind: "counter",
    help: "Log records sent to clients.",
  },
  "lines_skipped_total": {
    kind: "counter",
    help: "Physical lines of a log that were left out, by the reason.",
    labels: { reason: ["unknown_format"] },
  },
  "logs_skipped_total": {
    kind: "counter",
    help: "Logs left out of a list: unreadable, dangling, not a regular file.",
  },
  "logs_cut_total": {
    kind: "counter",
    help: "Followed logs that were cut while they were read: what was written and not read by then is lost.",
  },
  "follow_problems_total": {
    kind: "counter",
    help: "Reasons for which a log could not be followed on, or something of it may be lost.",
  },
  "log_gaps_total": {
    kind: "counter",
    help: "Files of logs that were removed, or are damaged, before they were read.",
  },
  "lost_bytes_total": {
    kind: "counter",
    help: "Bytes of logs that streams were to send and could not read, as far as that is known.",
  },
  "streams_opened_total": {
    kind: "counter",
    help: "Streams of records that were let in and have opened their log; watches are not among them.",
  },
  "streams": {
    kind: "gauge",
    help: "Open streams, from admission to end, by how they go.",
    labels: { kind: ["forward", "backward", "follow", "list", "watch"] },
  },
  "bytes_in_flight": {
    kind: "gauge",
    help: "Bytes of logs that clients have not taken: in writes, in sockets, and in copies of long records.",
  },
  "scans_queued": {
    kind: "gauge",
    help: "Streams of records that wait to be begun.",
  },
  "scan_queue_wait_seconds": {
    kind: "histogram",
    help: "How long streams of records waited to be begun.",
    buckets: [0.001, 0.005, 0.025, 0.1, 0.5, 2, 10],
  },
  "reviews_total": {
    kind: "counter",
    help: "Access reviews that the API server was to answer, by what came of them.",
    labels: { result: ["allowed", "denied", "unknown_token", "error", "cancelled"] },
  },
  "review_duration_seconds": {
    kind: "histogram",
    help: "Seconds from when a review was wanted to its answer or error, its wait for a slot included.",
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
  },
  "review_cache_hits_total": {
    kind: "counter",
    help: "Decisions that were remembered, so that no review was put.",
  },
  "reviews_waiting": {
    kind: "gauge",
    help: "Access reviews that wait for a slot.",
  },
  "refused_total": {
    kind: "counter",
    help: "What was refused because it was over a limit, by the limit.",
    labels: {
      limit: [
        "connections",
        "connections_per_peer",
        "handshake_time",
        "request_time",
        "unfinished_requests",
        "streams_per_connection",
        "metadata_size",
        "message_size",
        "resets",
        "pings",
        "unread_answers",
        "unread_bytes",
        "waiting_bytes",
        "reviews_waiting",
        "reviews_waiting_per_caller",
        "review_wait",
        "streams_per_identity",
        "stalled_stream",
      ],
    },
  },
  "calls_refused_total": {
    kind: "counter",
    help: "Calls that were refused: nobody knows who asks, or they may not.",
  },
  "calls_failed_total": {
    kind: "counter",
    help: "Calls that failed by no fault of their callers: a review, a log, a limit or a defect.",
  },
  "tls_failures_total": {
    kind: "counter",
    help: "TLS handshakes that failed, and connections that did not speak HTTP/2 after theirs.",
  },
  "tls_reloads_total": {
    kind: "counter",
    help:
      "Certificates, authorities and allowed names that were read again after a change; a failure keeps the earlier.",
    labels: { result: ["success", "failure"] },
  },
  "tls_certificate_expiry_timestamp_seconds": {
    kind: "gauge",
    help: "When the first certificate of tls.cert-file, and of tls.ca-file, expires, in seconds since 1970.",
    labels: { certificate: ["server", "ca"] },
  },
  "connections_cut_total": {
    kind: "counter",
    help: "Connections that were cut off for what their clients did.",
  },
  "log_lines_lost_total": {
    kind: "counter",
    help: "Lines of the program's own log that its output did not take.",
    program: "both",
  },
  ...COLLECTOR_ROWS,
} as const satisfies Readonly<Record<string, MetricRow>>;

/** The name of a metric, without the prefix. */
export type MetricName = keyof typeof METRICS;

/** The names of the metrics of one kind. */
export type MetricOf<Kind extends MetricRow["kind"]> = {
  [Name in MetricName]: typeof METRICS[Name]["kind"] extends Kind ? Name : never;
}[MetricName];

/** A value for each label of a metric; nothing for a metric without labels. */
export type LabelsOf<Name extends MetricName> = typeof METRICS[Name] extends
  { labels: infer Labels extends Readonly<Record<string, readonly string[]>> }
  ? { readonly [Label in keyof Labels]: Labels[Label][number] }
  : undefined;

/** The row of a metric. */
export function metricRow(name: MetricName): MetricRow {
  return METRICS[name];
}

/** The name of a metric as it is exported. */
export function exportedName(name: MetricName): string {
  return /^(?:grpc_server|process)_/.test(name) ? name : PREFIX + name;
}
