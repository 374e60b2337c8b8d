/**
 * `cluster_agent.LogRecordsService`: one log's records, forward or backward.
 *
 * Owns the order of the checks, which is part of the contract: who asks, the names in the request, whether they may, the file, the bounds and the pattern.
 * So a caller without leave learns nothing of which logs exist.
 *
 * @module
 */
import { basename } from "node:path";
import type { Authorizer } from "../../auth/authorizer.ts";
import { createLogChanges, type LogChanges } from "../../logs/log_changes.ts";
import { type LogFolders, openLog, type OpenLogFile } from "../../logs/log_file.ts";
import { logFileName } from "../../logs/log_name.ts";
import type { BlockPool } from "../../records/scan/block_pool.ts";
import { storedBackward, storedForward } from "../../records/stored_records.ts";
import { historyForward, type HistoryOptions } from "../../records/history/history.ts";
import { createRateLimiter } from "../../scheduling/rate_limiter.ts";
import { followLog } from "../../records/follow/follow.ts";
import type { ScanOptions } from "../../records/scan/log_scan.ts";
import { followStart } from "../../records/log_position.ts";
import type { RecordQuery } from "../../records/query.ts";
import type { WorkerPool } from "../../records/parallel/worker_pool.ts";
import { nextSlice } from "../../scheduling/time_slice.ts";
import { createSearchCache } from "../../search/search_cache.ts";
import type { Counters } from "../../telemetry/counters.ts";
import type { PrincipalOf } from "../principal.ts";
import { services } from "../descriptor.ts";
import { createFrameSink } from "./frame_sink.ts";
import { type AgentStream, frameStream } from "../handler.ts";
import { reauthorizePeriodically } from "./reauthorization.ts";
import type { LogRecordsStreamRequest } from "../messages.ts";
import { requestedLog, requestedRecords } from "./record_request.ts";
import { FollowHandoffs, type Handoff } from "./follow_handoffs.ts";
import type { AgentService } from "../service.ts";

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
  /** Told of each rotated file that could not be read as a whole, and why. */
  readonly onGap?: (path: string, reason: string) => void;
  /** Told why a log cannot be followed on now, or that something of it may be lost. */
  readonly onProblem?: (path: string, reason: string) => void;
  /** How long a stream goes on before its caller's leave is reviewed again, in milliseconds. @default {300_000} */
  readonly reviewMs?: number;
  /** Tells when logs change. @default {createLogChanges()} */
  readonly changes?: LogChanges;
  /** Buffers to read into. */
  readonly pool: BlockPool;
  /** Threads that look ahead in long logs. @default none */
  readonly workers?: WorkerPool | undefined;
  /** What is counted. */
  readonly counters: Counters;
  /** A clock in milliseconds since 1970. @default {Date.now} */
  readonly now?: () => number;
}

type RecordsCall = AgentStream<LogRecordsStreamRequest, Uint8Array>;

/** The service. */
export function recordsService(options: RecordsServiceOptions): AgentService {
  const { callerOf, authorizer, folders, pool, workers: workers, counters, onGap, onProblem } = options;
  const { history = true, reviewMs = 300_000, changes = createLogChanges(), now = Date.now } = options;
  const compile = createSearchCache();
  const rateLimiter = createRateLimiter();
  const handoffs = new FollowHandoffs();

  /** A handler whose caller's leave is reviewed while it goes on. */
  function reviewed(handle: (call: RecordsCall) => Promise<void>): (call: RecordsCall) => Promise<void> {
    return async (call) => {
      const leave = reauthorizePeriodically(call, {
        reviewMs,
        review: (options) =>
          authorizer.authorizeNamespace(callerOf(call), requestedLog(call.request).namespace, options),
      });
      try {
        await handle(call);
      } finally {
        leave[Symbol.dispose]();
      }
    };
  }

  async function openRequested(call: RecordsCall): Promise<OpenLogFile> {
    const caller = callerOf(call);
    const name = requestedLog(call.request);
    await authorizer.authorizeNamespace(caller, name.namespace, { signal: call.signal });
    // One answer may let in a thousand at once: each waits for its turn, and opens no file before.
    await pool.begin({ signal: call.signal });
    await nextSlice();
    call.signal.throwIfAborted();
    const file = openLog(logFileName(name), folders);
    counters.add("streams_opened");
    return file;
  }

  const scanOptions = (call: RecordsCall): ScanOptions => ({
    sink: createFrameSink(call.send, (count) => counters.add("records_sent", count)),
    pool,
    workers,
    signal: call.signal,
    onSkip: (lines) => counters.add("lines_skipped", lines),
  });

  const historyOptions = (call: RecordsCall): HistoryOptions => ({
    ...scanOptions(call),
    folders,
    onGap: (path, reason, lost) => onLogGap(call, path, { reason, ...lost }),
  });

  function onLogGap(
    call: RecordsCall,
    path: string,
    { reason, lostBytes = 0 }: { readonly reason: string; readonly lostBytes?: number },
  ): void {
    counters.add("log_gaps");
    counters.add("log_bytes_lost", lostBytes);
    call.addTrailer("log-gap", encodeURIComponent(basename(path)));
    onGap?.(path, reason);
  }

  function handoffOf(call: RecordsCall): Handoff {
    return handoffs.of(callerOf(call), logFileName(requestedLog(call.request)));
  }

  async function forward(call: RecordsCall): Promise<void> {
    const { follow_from: followFrom } = call.request;
    using opened = new DisposableStack();
    const file = opened.use(await openRequested(call));
    const query = requestedRecords(call.request, compile);
    call.sendHeaders();
    if (followFrom === "END") {
      opened.move();
      return await followEnd(call, file, { query });
    }
    if (followFrom === "DEFAULT" && !hasPassed(query)) {
      opened.move();
      return await follow(call, file, { query, from: "start" });
    }
    const fileName = logFileName(requestedLog(call.request));
    const handoff = handoffOf(call);
    const catchUpWith = hasPassed(query)
      ? undefined
      : { fileName, follows: handoff.openFollows, onEnd: handoff.noteEnd };
    await storedForward(file, query, { ...historyOptions(call), history, catchUpWith });
  }

  /** Follows from the end of the log, or from where the past ends that the caller has just asked for. Owns the file. */
  async function followEnd(
    call: RecordsCall,
    live: OpenLogFile,
    { query: { search } }: { readonly query: RecordQuery },
  ): Promise<void> {
    using opened = new DisposableStack();
    opened.use(live);
    const handoff = handoffOf(call);
    const { file, position } = followStart(live, handoff.recentEnd(), { folders });
    if (file === live) opened.move();
    else opened.dispose();
    const open = handoff.beginFollow(position);
    try {
      await follow(call, file, { query: { search }, from: position.offset });
    } finally {
      open[Symbol.dispose]();
    }
  }

  /** Follows a log. Owns the file. */
  function follow(
    call: RecordsCall,
    file: OpenLogFile,
    { query, from }: { readonly query: RecordQuery; readonly from: "start" | number },
  ): Promise<void> {
    return followLog(file, query, {
      ...scanOptions(call),
      from,
      fileName: logFileName(requestedLog(call.request)),
      folders,
      changes,
      rateLimiter,
      now,
      before: (options) =>
        history ? historyForward(file, query, { ...historyOptions(call), ...options }) : Promise.resolve(),
      onCut: () => counters.add("logs_cut"),
      onProblem: (path, reason) => {
        counters.add("follow_problems");
        onProblem?.(path, reason);
      },
      onGap: (path, reason) => onLogGap(call, path, { reason }),
    });
  }

  /** Whether no record that is still to be written can lie within the bounds. */
  function hasPassed(query: RecordQuery): boolean {
    return query.stop !== undefined && query.stop.seconds * 1000 < now();
  }

  async function backward(call: RecordsCall): Promise<void> {
    using file = await openRequested(call);
    const query = requestedRecords(call.request, compile);
    call.sendHeaders();
    const onBegin = hasPassed(query) ? undefined : handoffOf(call).noteEnd;
    await storedBackward(file, query, { ...historyOptions(call), history, onBegin });
  }

  return {
    methods: {
      StreamForward: services.logRecords.StreamForward,
      StreamBackward: services.logRecords.StreamBackward,
    },
    // The longest pattern in characters of three bytes, and names and bounds beside it.
    requestLimits: { maxBytes: 256 * 1024, maxFields: 64 },
    handlers: { StreamForward: frameStream(reviewed(forward)), StreamBackward: frameStream(reviewed(backward)) },
  };
}
