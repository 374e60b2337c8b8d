/**
 * The agent, assembled from its settings: which part gets what. The rules of each part are in its room.
 *
 * @module
 */
import { createAuthorizer } from "../../auth/authorizer.ts";
import { createReviewer } from "../../kube/access_review.ts";
import type { KubeConfig } from "../../kube/credentials.ts";
import { processUser } from "../../lifecycle/process_user.ts";
import { createLogChanges } from "../../logs/log_changes.ts";
import type { LogFolders } from "../../logs/log_file.ts";
import { createLogDirectory } from "../../metadata/log_directory.ts";
import { createWorkerPool } from "../../records/parallel/worker_pool.ts";
import { createBlockPool } from "../../records/scan/block_pool.ts";
import { forgetLongMessage } from "../../records/scan/message_piece.ts";
import { createFailureReport } from "../../rpc/failure_report.ts";
import { principalOf } from "../../rpc/principal.ts";
import { type AgentServer, createAgentServer } from "../../rpc/server.ts";
import { metadataService } from "../../rpc/services/metadata_service.ts";
import { forgetLongFrame } from "../../rpc/services/frame_sink.ts";
import { OpenStreams } from "../../rpc/services/open_streams.ts";
import { recordsService } from "../../rpc/services/records_service.ts";
import { createSearchCache } from "../../search/search_cache.ts";
import { tableBudget } from "../../search/engine/table_budget.ts";
import { StalledStreams } from "../../rpc/services/stalled_streams.ts";
import { bytesInFlight } from "../../rpc/transport/bytes_in_flight.ts";
import { createPoller } from "../../scheduling/poller.ts";
import type { Metrics } from "../../telemetry/metrics.ts";
import { createLineLimiter } from "../../telemetry/line_limiter.ts";
import type { Logger } from "../../telemetry/log.ts";
import { collectAgentMetrics } from "./agent_metrics.ts";
import { createAllowedNames } from "./allowed_names.ts";
import type { Configuration } from "./configuration.ts";
import { createObservers } from "./observers.ts";
import { createLogReports } from "./log_reports.ts";
import { measuredReviewer } from "./measured_reviewer.ts";
import { pollFiles } from "./poll_files.ts";
import { prefetch } from "./prefetch.ts";
import { readTlsFiles } from "./tls_files.ts";

/** The node name that the original agent sends where NODE_NAME is not set. */
const NO_NODE_NAME = "Env variable not set";

/** What the agent takes from its process. */
export interface AgentOptions {
  /** Reads the environment. */
  readonly env: (name: string) => string | undefined;
  /** The operator's log. */
  readonly log: Logger;
  /** What is counted. */
  readonly metrics: Metrics;
  /** The API server. */
  readonly kube: KubeConfig;
  /** Where the logs are. */
  readonly folders: LogFolders;
  /** Gives memory that is free back to the system. */
  readonly trim: () => void;
}

/** Creates the agent's server, which does not listen yet, and starts the first scan of the logs. */
export async function createAgent(
  configuration: Configuration,
  { env, log, metrics, kube, folders, trim }: AgentOptions,
): Promise<AgentServer> {
  const { settings } = configuration;
  const { tls, authorization, reviewMs, staleAfterMs } = settings;
  const tlsFiles = await readTlsFiles(tls, { log, metrics });
  const allowedNames = createAllowedNames(configuration, { log, metrics });
  pollFiles([
    { what: "expiry of certificates", poll: () => Promise.resolve(tlsFiles.checkExpiry()) },
    { what: "certificates", poll: tlsFiles.poll },
    { what: "configuration", poll: allowedNames.poll },
  ], { log });
  const nodeName = env("NODE_NAME");
  if (nodeName === undefined) log.warn(`NODE_NAME is not set: logs are listed with node name "${NO_NODE_NAME}"`);

  const runsAs = processUser();
  const directory = createLogDirectory(folders);
  const poller = createPoller();
  void prefetch(directory, { log });
  const callerOf = principalOf({ mode: authorization.mode, allowedNames: allowedNames.names });
  const authorizer = createAuthorizer({
    reviewer: measuredReviewer(createReviewer(kube), { metrics }),
    allowedNamespaces: settings.allowedNamespaces,
    onRemembered: () => metrics.add("review_cache_hits_total"),
  });
  const { onSkip, onGap, onProblem } = createLogReports({ log, runsAs });
  const streams = new OpenStreams({ metrics, maxPerIdentity: settings.limits.streamsPerIdentity });
  bytesInFlight.maxBytes = settings.limits.bytesInFlight;
  const stalled = new StalledStreams({
    stalledMs: settings.limits.stalledStreamMs,
    onEnd: () => metrics.add("refused_total", 1, { limit: "stalled_stream" }),
  });
  const common = { callerOf, authorizer, metrics, reviewMs, staleAfterMs, streams, stalled };
  const failures = createFailureReport({ log, limiter: createLineLimiter(), metrics, callerOf, runsAs });
  const compile = createSearchCache();
  const workers = createWorkerPool({
    folder: settings.containerLogsDir,
    onProblem: (message) => log.warn(message),
  });
  const changes = createLogChanges({
    roots: folders.roots,
    poller,
    seenAt: (link, sinceMs) => directory.seenAt(link, sinceMs),
    onProblem: (message) => log.warn(message),
  });
  collectAgentMetrics(metrics, { workers, changes });
  return createAgentServer({
    credentials: tlsFiles.credentials,
    services: [
      metadataService({ ...common, directory, poller, nodeName: nodeName ?? NO_NODE_NAME, onSkip }),
      recordsService({
        ...common,
        folders,
        compile,
        pool: createBlockPool(),
        workers,
        history: settings.history,
        onGap,
        onProblem,
        changes,
      }),
    ],
    report: failures.call,
    observers: await createObservers({ log, callerOf, failures, metrics }),
    onRefused: failures.refused,
    onTlsFailure: failures.tls,
    onCut: failures.cut,
    onLimit: failures.limit,
    limits: settings.limits,
    forget: () => {
      compile.forget();
      tableBudget.release();
      forgetLongFrame();
      forgetLongMessage();
    },
    trim,
  });
}
