/**
 * `cluster_agent.LogRecordsService`: one log's records, forward or backward.
 *
 * Owns the order of the checks, which is part of the contract: who asks, the names in the request, whether they may,
 * the file, the bounds and the pattern. So a caller without a grant learns nothing of which logs exist. What is read
 * then, and in which order, is the policy of `src/records/stream.ts`.
 *
 * @module
 */
import { basename } from "node:path";
import type { Authorizer } from "../../auth/authorizer.ts";
import { createLogChanges, type LogChanges } from "../../logs/log_changes.ts";
import { type LogFolders, openLog, type OpenLogFile } from "../../logs/log_file.ts";
import { logFileName } from "../../logs/log_name.ts";
import type { WorkerPool } from "../../records/parallel/worker_pool.ts";
import type { BlockPool } from "../../records/scan/block_pool.ts";
import { streamLog, type StreamOptions, type StreamQuery } from "../../records/stream.ts";
import { createRateLimiter } from "../../scheduling/rate_limiter.ts";
import { nextSlice } from "../../scheduling/time_slice.ts";
import { createSearchCache, type SearchCache } from "../../search/search_cache.ts";
import type { Metrics } from "../../telemetry/metrics.ts";
import { services } from "../descriptor.ts";
import type { AgentStream } from "../agent_call.ts";
import { frameStream } from "../handler.ts";
import type { LogRecordsStreamRequest } from "../messages.ts";
import { bytesInFlight } from "../transport/bytes_in_flight.ts";
import { streamBuffers } from "../transport/stream_buffers.ts";
import type { PrincipalOf } from "../principal.ts";
import type { AgentService } from "../service.ts";
import { FollowHandoffs } from "./follow_handoffs.ts";
import { createFrameSink } from "./frame_sink.ts";
import { OpenStreams, type StreamKind } from "./open_streams.ts";
import { reauthorizePeriodically } from "./reauthorization.ts";
import { StalledStreams } from "./stalled_streams.ts";
import { requestedLog, requestedRecords } from "./record_request.ts";

/** What the service works with. */
export interface RecordsServiceOptions {
  /** Tells who asks. */
  readonly callerOf: PrincipalOf;
  /** Tells whether they may. */
  readonly authorizer: Authorizer;
  /** Where the logs are. */
  readonly folders: LogFolders;
  /** Whether rotated files are read, too. @default {true} */
  readonly history?: boolean;
  /** Reports each file of which something could not be sent, and why. */
  readonly onGap?: (path: string, reason: string) => void;
  /** Reports why a log cannot be followed on now, or that something of it may be lost. */
  readonly onProblem?: (path: string, reason: string) => void;
  /** Milliseconds after which the authorization of a stream is reviewed again. @default {300_000} */
  readonly reviewMs?: number;
  /** Milliseconds for which the last review counts where none can be put. @default {1_800_000} */
  readonly staleAfterMs?: number;
  /** Tells when logs change. @default {createLogChanges()} */
  readonly changes?: LogChanges;
  /** The streams that are open, those of other services too. @default {none of others, and the default limit} */
  readonly streams?: OpenStreams;
  /** Ends streams whose clients take nothing. @default {with the default limit} */
  readonly stalled?: StalledStreams;
  /** Compiles greps. @default {one that remembers the last ones} */
  readonly compile?: SearchCache;
  /** Buffers to read into. */
  readonly pool: BlockPool;
  /** Threads that scan ahead in long logs. @default none */
  readonly workers?: WorkerPool | undefined;
  /** What is counted. */
  readonly metrics: Metrics;
  /** A clock in milliseconds since 1970. @default {Date.now} */
  readonly now?: () => number;
}

type RecordsCall = AgentStream<LogRecordsStreamRequest, Uint8Array>;

/** The service. */
export function recordsService(options: RecordsServiceOptions): AgentService {
  const { callerOf, authorizer, folders, history, changes = createLogChanges() } = options;
  const { reviewMs = 300_000, staleAfterMs = 1_800_000 } = options;
  const { pool, metrics, compile = createSearchCache(), streams = new OpenStreams({ metrics }) } = options;
  metrics.collect("scans_queued", () => pool.queued());
  metrics.collect("bytes_in_flight", () => bytesInFlight.bytes);
  const rateLimiter = createRateLimiter();
  const handoffs = new FollowHandoffs();
  const { stalled = new StalledStreams() } = options;

  async function stream(call: RecordsCall, direction: StreamQuery["direction"]): Promise<void> {
    const caller = callerOf(call);
    const kind = kindOf(call.request, direction);
    using _open = streams.admit(call, caller, { kind });
    const name = requestedLog(call.request);
    const granted = await authorizer.authorizeNamespace(caller, name.namespace, { signal: call.signal });
    const reauthorization = reauthorizePeriodically(call, {
      granted,
      reviewMs,
      staleAfterMs,
      // Who calls is found out anew: the name of the client may have been taken off the list of allowed ones.
      review: async (asked) => await authorizer.authorizeNamespace(callerOf(call), name.namespace, asked),
    });
    try {
      const fileName = logFileName(name);
      using opened = new DisposableStack();
      const file = opened.use(await openWhenAdmitted(call, fileName, options));
      const query = requestedRecords(call.request, { direction, compile });
      opened.move();
      const handoff = handoffs.of(caller, fileName);
      const given = { fileName, folders, changes, rateLimiter, handoff };
      const watched = kind !== "follow" ? stalled.watch(call) : undefined;
      using _watched = watched;
      using buffer = streamBuffers.open();
      const sink = createFrameSink(watched?.send ?? call.send, (count) => {
        call.figures.records += count;
        call.figures.messages += count;
        metrics.add("records_sent_total", count);
      }, { buffer });
      const streaming = streamLog(file, { ...query, history }, { ...given, ...reportsOf(call, options), sink });
      // A follow from the end has its position now: what is written once its caller has the headers is sent.
      call.sendHeaders();
      await streaming;
    } finally {
      reauthorization[Symbol.dispose]();
    }
  }

  return {
    methods: {
      StreamForward: services.logRecords.StreamForward,
      StreamBackward: services.logRecords.StreamBackward,
    },
    // The longest pattern in characters of three bytes, and names and bounds beside it.
    requestLimits: { maxBytes: 256 * 1024, maxFields: 64 },
    handlers: {
      StreamForward: frameStream((call: RecordsCall) => stream(call, "forward")),
      StreamBackward: frameStream((call: RecordsCall) => stream(call, "backward")),
    },
  };
}

/** How a stream goes, for those who count. */
function kindOf({ follow_from: follow }: LogRecordsStreamRequest, direction: StreamQuery["direction"]): StreamKind {
  return direction === "forward" && (follow === "DEFAULT" || follow === "END") ? "follow" : direction;
}

/**
 * Opens the log of a call. One review may admit a thousand calls at once: each waits for a block before it opens a
 * file.
 */
async function openWhenAdmitted(
  call: RecordsCall,
  fileName: string,
  { pool, folders, metrics }: RecordsServiceOptions,
): Promise<OpenLogFile> {
  const askedAt = performance.now();
  await pool.begin({ signal: call.signal });
  metrics.observe("scan_queue_wait_seconds", (performance.now() - askedAt) / 1_000);
  await nextSlice(call);
  const file = openLog(fileName, folders);
  metrics.add("streams_opened_total");
  return file;
}

/** Where a call's records go, what they are read with, and what is counted and reported meanwhile. */
function reportsOf(
  call: RecordsCall,
  { pool, workers, metrics, now, onGap, onProblem }: RecordsServiceOptions,
): Omit<StreamOptions, "fileName" | "folders" | "changes" | "sink"> {
  return {
    figures: call.figures,
    pool,
    workers,
    signal: call.signal,
    now,
    onSkip: (lines) => metrics.add("lines_skipped_total", lines, { reason: "unknown_format" }),
    onCut: () => metrics.add("logs_cut_total"),
    onProblem: (path, reason) => {
      metrics.add("follow_problems_total");
      onProblem?.(path, reason);
    },
    onGap: (path, reason, { lostBytes } = { lostBytes: 0 }) => {
      metrics.add("log_gaps_total");
      metrics.add("lost_bytes_total", lostBytes);
      call.figures.gaps++;
      call.addTrailer("log-gap", encodeURIComponent(basename(path)));
      onGap?.(path, reason);
    },
  };
}
