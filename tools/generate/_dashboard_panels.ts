/**
 * What the dashboard shows: sections, the panels in them, and the queries of each.
 *
 * @module
 */

/** What is asked of Prometheus, and how its series are named. */
export interface PanelQuery {
  /** The expression, with Grafana's variables in it. */
  readonly expr: string;
  /** The name of a series, with its labels in double braces. */
  readonly legend: string;
}

/** A panel. */
export interface DashboardPanel {
  /** Its heading. */
  readonly title: string;
  /** What it says, and what is worth a look. */
  readonly description: string;
  /** Grafana's name of the unit. */
  readonly unit: string;
  /** What it asks. */
  readonly queries: readonly PanelQuery[];
  /** How it shows that: a figure, or lines over time. @default "timeseries" */
  readonly type?: "stat" | "timeseries";
}

/** Panels under a heading. */
export interface DashboardSection {
  /** The heading. */
  readonly title: string;
  /** The panels, from left to right. */
  readonly panels: readonly DashboardPanel[];
}

/** The targets that are chosen at the head of the dashboard. */
const CHOSEN = `cluster=~"$cluster", namespace=~"$namespace", node=~"$node"`;
/** The agents among them, where a metric is of other programs too. */
const AGENTS = `job=~"(.+/)?cluster-agent", ${CHOSEN}`;
/** The collectors; they are few, and their namespace and node are chosen by nobody. */
const COLLECTORS = `job=~"(.+/)?cluster-collector", cluster=~"$cluster"`;
/** The calls of the agent's own services, without health and reflection. */
const CALLS = `grpc_service=~"cluster_agent[.].+", ${CHOSEN}`;

/** How much a counter grows in a second. */
function rate(metric: string, labels: string = CHOSEN): string {
  return `rate(${metric}{${labels}}[$__rate_interval])`;
}

/** The median and the 99th part of a hundred. */
function quantiles(metric: string, { labels = CHOSEN, by = "" } = {}): readonly PanelQuery[] {
  const groups = ["le", ...(by === "" ? [] : [by])].join(", ");
  return [0.5, 0.99].map((quantile) => ({
    expr: `histogram_quantile(${quantile}, sum by (${groups}) (${rate(`${metric}_bucket`, labels)}))`,
    legend: `p${quantile * 100}${by === "" ? "" : ` {{${by}}}`}`,
  }));
}

/** One query. */
function one(expr: string, legend: string): readonly PanelQuery[] {
  return [{ expr, legend }];
}

const WELL: DashboardSection = {
  title: "Is it well",
  panels: [
    {
      title: "Agents that answer",
      description: "Fewer than there are nodes: a node is missing, or Prometheus does not reach it.",
      unit: "none",
      type: "stat",
      queries: [
        { expr: `sum(up{${AGENTS}})`, legend: "answer" },
        { expr: `count(up{${AGENTS}})`, legend: "are known" },
      ],
    },
    {
      title: "Alerts that fire",
      description: "Those of deploy/monitoring/rules.yaml. docs/symptoms.md has what to do about each.",
      unit: "none",
      type: "stat",
      queries: one(
        `count(ALERTS{alertname=~"ClusterAgent.+", alertstate="firing", cluster=~"$cluster"}) or vector(0)`,
        "fire",
      ),
    },
    {
      title: "Versions",
      description: "More than one while a roll goes on; afterwards, the roll has stopped.",
      unit: "none",
      type: "stat",
      queries: one(
        `count by (version, deno_version, v8_version) (cluster_agent_build_info{${AGENTS}})`,
        "{{version}}, Deno {{deno_version}}, V8 {{v8_version}}",
      ),
    },
    {
      title: "The first certificate expires in",
      description: "Of tls.cert-file and tls.ca-file. The agent takes new files without a restart.",
      unit: "s",
      type: "stat",
      queries: one(
        `min by (certificate) (cluster_agent_tls_certificate_expiry_timestamp_seconds{${CHOSEN}}) - time()`,
        "{{certificate}}",
      ),
    },
    {
      title: "Calls that fail",
      description: "The share that ends by no fault of its caller.",
      unit: "percentunit",
      type: "stat",
      queries: one(
        `sum(${
          rate("grpc_server_handled_total", `grpc_code=~"Internal|Unknown|DataLoss|Unavailable", ${CALLS}`)
        }) / sum(${rate("grpc_server_handled_total", CALLS)})`,
        "fail",
      ),
    },
    {
      title: "Runs for",
      description: "The process that has started last. A low figure that stays low is a restart again and again.",
      unit: "s",
      type: "stat",
      queries: one(`time() - max(process_start_time_seconds{${AGENTS}})`, "the youngest"),
    },
  ],
};

const LOAD: DashboardSection = {
  title: "Load",
  panels: [
    {
      title: "Calls begun",
      description: "By method, health checks and reflection too.",
      unit: "reqps",
      queries: one(`sum by (grpc_method) (${rate("grpc_server_started_total")})`, "{{grpc_method}}"),
    },
    {
      title: "Calls ended, by status",
      description: "Canceled is how follows end. Unavailable is an API server that cannot be asked, or a shutdown.",
      unit: "reqps",
      queries: one(`sum by (grpc_code) (${rate("grpc_server_handled_total", CALLS)}) > 0`, "{{grpc_code}}"),
    },
    {
      title: "Open streams",
      description: "From admission to end, by how they go.",
      unit: "none",
      queries: one(`sum by (kind) (cluster_agent_streams{${CHOSEN}})`, "{{kind}}"),
    },
    {
      title: "Streams of records opened",
      description: "Those that were let in and have opened their log.",
      unit: "reqps",
      queries: one(`sum by (node) (${rate("cluster_agent_streams_opened_total")})`, "{{node}}"),
    },
    {
      title: "Records and messages",
      description: "Records sent, and messages of all calls in both directions.",
      unit: "cps",
      queries: [
        { expr: `sum(${rate("cluster_agent_records_sent_total")})`, legend: "records sent" },
        { expr: `sum(${rate("grpc_server_msg_sent_total")})`, legend: "messages sent" },
        { expr: `sum(${rate("grpc_server_msg_received_total")})`, legend: "messages received" },
      ],
    },
    {
      title: "Bytes sent",
      description: "Of messages to clients.",
      unit: "Bps",
      queries: one(`sum by (node) (${rate("cluster_agent_sent_bytes_total")})`, "{{node}}"),
    },
    {
      title: "Processor",
      description: "1 is a whole processor. Searches ahead take two more while they go on.",
      unit: "none",
      queries: one(`sum by (node) (${rate("process_cpu_seconds_total", AGENTS)})`, "{{node}}"),
    },
  ],
};

const LATENCY: DashboardSection = {
  title: "Latency",
  panels: [
    {
      title: "Lists",
      description: "From the call to its end, its access review included.",
      unit: "s",
      queries: quantiles("grpc_server_handling_seconds", { labels: `grpc_method="List", ${CHOSEN}` }),
    },
    {
      title: "Health checks",
      description: "What every other call waits for as well: these do no work.",
      unit: "s",
      queries: quantiles("grpc_server_handling_seconds", { labels: `grpc_method="Check", ${CHOSEN}` }),
    },
    {
      title: "Streams to their end",
      description: "A follow lasts as long as its client wants it.",
      unit: "s",
      queries: quantiles("grpc_server_handling_seconds", {
        labels: `grpc_method=~"Stream.+", ${CHOSEN}`,
        by: "grpc_method",
      }),
    },
    {
      title: "Lag of the main thread",
      description: "By how much a timer is late. Above 0.25 s an alert fires.",
      unit: "s",
      queries: quantiles("cluster_agent_event_loop_lag_seconds", { labels: AGENTS }),
    },
  ],
};

const SEARCHES: DashboardSection = {
  title: "Searches",
  panels: [
    {
      title: "Bytes searched",
      description: "Of compressed files the bytes of their content.",
      unit: "Bps",
      queries: one(`sum by (direction) (${rate("cluster_agent_scanned_bytes_total")})`, "{{direction}}"),
    },
    {
      title: "Streams that wait to be begun",
      description: "All share four blocks; what waits holds no file.",
      unit: "none",
      queries: one(`sum by (node) (cluster_agent_scans_queued{${CHOSEN}})`, "{{node}}"),
    },
    {
      title: "How long they wait",
      description: "Above 2 s an alert fires.",
      unit: "s",
      queries: quantiles("cluster_agent_scan_queue_wait_seconds"),
    },
    {
      title: "Lines and logs left out",
      description: "Lines of no known format in logs; logs that cannot be read in lists.",
      unit: "cps",
      queries: [
        { expr: `sum by (reason) (${rate("cluster_agent_lines_skipped_total")})`, legend: "lines: {{reason}}" },
        { expr: `sum(${rate("cluster_agent_logs_skipped_total")})`, legend: "logs" },
      ],
    },
  ],
};

const FOLLOWS: DashboardSection = {
  title: "Follows and rotations",
  panels: [
    {
      title: "Follows and watches",
      description: "Those that are open.",
      unit: "none",
      queries: one(`sum by (node, kind) (cluster_agent_streams{kind=~"follow|watch", ${CHOSEN}})`, "{{node}} {{kind}}"),
    },
    {
      title: "Rotations read across",
      description: "A rotation of a log that somebody follows.",
      unit: "cps",
      queries: one(`sum by (node) (${rate("cluster_agent_log_rotations_total")})`, "{{node}}"),
    },
    {
      title: "Open files and watched folders",
      description: "Files that only scan workers have open are not among them.",
      unit: "none",
      queries: [
        { expr: `sum by (node) (cluster_agent_open_files{${CHOSEN}})`, legend: "{{node}} files" },
        { expr: `sum by (node) (cluster_agent_watches{${CHOSEN}})`, legend: "{{node}} folders" },
      ],
    },
    {
      title: "What could not be sent",
      description: "Anything above nothing is worth a look: callers have lost records, and were told.",
      unit: "cps",
      queries: [
        { expr: `sum(${rate("cluster_agent_log_gaps_total")})`, legend: "files removed or damaged" },
        { expr: `sum(${rate("cluster_agent_logs_cut_total")})`, legend: "logs cut" },
        { expr: `sum(${rate("cluster_agent_follow_problems_total")})`, legend: "problems of follows" },
      ],
    },
    {
      title: "Bytes that could not be sent",
      description: "As far as that is known.",
      unit: "Bps",
      queries: one(`sum by (node) (${rate("cluster_agent_lost_bytes_total")})`, "{{node}}"),
    },
  ],
};

const REVIEWS: DashboardSection = {
  title: "Reviews",
  panels: [
    {
      title: "Access reviews, by result",
      description: "An error is an API server that cannot be asked: its callers get UNAVAILABLE.",
      unit: "reqps",
      queries: one(`sum by (result) (${rate("cluster_agent_reviews_total")})`, "{{result}}"),
    },
    {
      title: "How long they take",
      description: "From when a review is wanted, its wait for a slot included.",
      unit: "s",
      queries: quantiles("cluster_agent_review_duration_seconds"),
    },
    {
      title: "Reviews that wait",
      description: "For a slot at the API server.",
      unit: "none",
      queries: one(`sum by (node) (cluster_agent_reviews_waiting{${CHOSEN}})`, "{{node}}"),
    },
    {
      title: "Decisions remembered",
      description: "So that no review was put.",
      unit: "reqps",
      queries: one(`sum by (node) (${rate("cluster_agent_review_cache_hits_total")})`, "{{node}}"),
    },
  ],
};

const LIMITS: DashboardSection = {
  title: "Limits",
  panels: [
    {
      title: "Refused over a limit",
      description: "By the limit. docs/symptoms.md names the setting of each.",
      unit: "cps",
      queries: one(`sum by (limit) (${rate("cluster_agent_refused_total")}) > 0`, "{{limit}}"),
    },
    {
      title: "Calls refused and failed",
      description: "Refused: nobody knows who asks, or they may not. Failed: by no fault of the caller.",
      unit: "reqps",
      queries: [
        { expr: `sum(${rate("cluster_agent_calls_refused_total")})`, legend: "refused" },
        { expr: `sum(${rate("cluster_agent_calls_failed_total")})`, legend: "failed" },
      ],
    },
    {
      title: "Connections that fail or are cut off",
      description: "In their handshake, or for what their clients did.",
      unit: "cps",
      queries: [
        { expr: `sum(${rate("cluster_agent_tls_failures_total")})`, legend: "TLS or HTTP/2 failed" },
        { expr: `sum(${rate("cluster_agent_connections_cut_total")})`, legend: "cut off" },
      ],
    },
    {
      title: "TLS files read again",
      description: "A failure goes on with the earlier files.",
      unit: "cps",
      queries: one(`sum by (result) (${rate("cluster_agent_tls_reloads_total")})`, "{{result}}"),
    },
    {
      title: "Lines of its own log that are lost",
      description: "Its output does not take them.",
      unit: "cps",
      queries: one(`sum by (node) (${rate("cluster_agent_log_lines_lost_total", AGENTS)})`, "{{node}}"),
    },
  ],
};

const MEMORY: DashboardSection = {
  title: "Memory",
  panels: [
    {
      title: "Resident memory",
      description: "The container's limit is 256 MiB. Some 50 MiB are pages of the program, which the system can drop.",
      unit: "bytes",
      queries: one(`sum by (node) (process_resident_memory_bytes{${AGENTS}})`, "{{node}}"),
    },
    {
      title: "Memory of the engine, by thread",
      description: "A heap ends the process at 192 MiB.",
      unit: "bytes",
      queries: one(`max by (worker, area) (cluster_agent_memory_bytes{${AGENTS}})`, "{{worker}} {{area}}"),
    },
    {
      title: "Bytes that clients have not taken",
      description: "limits.bytes-in-flight is 32 MiB by default.",
      unit: "bytes",
      queries: one(`sum by (node) (cluster_agent_bytes_in_flight{${CHOSEN}})`, "{{node}}"),
    },
  ],
};

const COLLECTOR: DashboardSection = {
  title: "Collector",
  panels: [
    {
      title: "Objects held",
      description: "Pods that wait for an owner are not told yet.",
      unit: "none",
      queries: one(`sum by (kind) (cluster_agent_objects{${COLLECTORS}})`, "{{kind}}"),
    },
    {
      title: "Events about pods",
      description: "On each connection everything is told anew.",
      unit: "cps",
      queries: [
        { expr: `sum(${rate("cluster_agent_pod_events_total", COLLECTORS)})`, legend: "events" },
        { expr: `sum(${rate("cluster_agent_sink_connections_total", COLLECTORS)})`, legend: "connections" },
      ],
    },
    {
      title: "Troubles",
      description: "Anything that stays above nothing is worth a look.",
      unit: "cps",
      queries: [
        { expr: `sum(${rate("cluster_agent_kube_troubles_total", COLLECTORS)})`, legend: "lists and watches failed" },
        { expr: `sum(${rate("cluster_agent_sink_overflows_total", COLLECTORS)})`, legend: "sinks given up" },
        { expr: `sum(${rate("cluster_agent_objects_skipped_total", COLLECTORS)})`, legend: "objects left out" },
        { expr: `sum(${rate("cluster_agent_messages_cut_total", COLLECTORS)})`, legend: "messages cut" },
        { expr: `sum(${rate("cluster_agent_log_lines_lost_total", COLLECTORS)})`, legend: "log lines lost" },
      ],
    },
    {
      title: "Memory",
      description: "The container's limit is 320 MiB.",
      unit: "bytes",
      queries: one(`sum by (instance) (process_resident_memory_bytes{${COLLECTORS}})`, "{{instance}}"),
    },
    {
      title: "Processor and lag",
      description: "1 is a whole processor. The lag is that of one tick in a hundred, in seconds.",
      unit: "none",
      queries: [
        { expr: `sum(${rate("process_cpu_seconds_total", COLLECTORS)})`, legend: "processor" },
        ...quantiles("cluster_agent_event_loop_lag_seconds", { labels: COLLECTORS }).slice(1),
      ],
    },
  ],
};

/** All sections, from above. */
export const SECTIONS: readonly DashboardSection[] = [
  WELL,
  LOAD,
  LATENCY,
  SEARCHES,
  FOLLOWS,
  REVIEWS,
  LIMITS,
  MEMORY,
  COLLECTOR,
];
