/**
 * `cluster_agent.LogRecordsService`: one log's records, forward or backward.
 *
 * Owns the order of the checks, which is part of the contract: who asks, the names in the request, whether they may, the file, the bounds and the pattern.
 * So a caller without leave learns nothing of which logs exist.
 *
 * @module
 */
import type { Authorizer } from "../auth/authorizer.ts";
import { type LogFile, type LogFolders, openLog } from "../logs/log_file.ts";
import { logFileName } from "../logs/log_name.ts";
import { streamBackward } from "../records/backward.ts";
import type { BlockPool } from "../records/block_pool.ts";
import { streamForward } from "../records/forward.ts";
import type { RecordQuery } from "../records/query.ts";
import { createSearchCache } from "../search/search_cache.ts";
import type { Counters } from "../telemetry/counters.ts";
import { untilOver } from "./until_over.ts";
import type { CallerOf } from "./caller.ts";
import { services } from "./descriptor.ts";
import { createFrameSink } from "./frame_sink.ts";
import { framedMethod } from "./framed_batch.ts";
import { type AgentStream, serverStream } from "./handler.ts";
import type { LogRecordsStreamRequest } from "./messages.ts";
import { requestedLog, requestedRecords } from "./record_request.ts";
import type { AgentService } from "./service.ts";

/** What the service works with. */
export interface RecordsServiceOptions {
  /** Tells who asks. */
  readonly callerOf: CallerOf;
  /** Tells whether they may. */
  readonly authorizer: Authorizer;
  /** Where the logs are. */
  readonly folders: LogFolders;
  /** Buffers to read into. */
  readonly pool: BlockPool;
  /** What is counted. */
  readonly counters: Counters;
  /** A clock in milliseconds since 1970. @default {Date.now} */
  readonly now?: () => number;
}

type RecordsCall = AgentStream<LogRecordsStreamRequest, Uint8Array>;

/** The service. */
export function recordsService(options: RecordsServiceOptions): AgentService {
  const { callerOf, authorizer, folders, pool, counters, now = Date.now } = options;
  const compile = createSearchCache();

  async function openRequested(call: RecordsCall): Promise<LogFile> {
    const caller = callerOf(call);
    const name = requestedLog(call.request);
    await authorizer.authorizeNamespace(caller, name.namespace, { signal: call.signal });
    const file = openLog(logFileName(name), folders);
    counters.add("streams_opened");
    return file;
  }

  const scanOptions = (call: RecordsCall): Parameters<typeof streamForward>[2] => ({
    sink: createFrameSink(call.send, (count) => counters.add("records_sent", count)),
    pool,
    signal: call.signal,
    onSkip: (lines) => counters.add("lines_skipped", lines),
  });

  async function forward(call: RecordsCall): Promise<void> {
    using file = await openRequested(call);
    const query = requestedRecords(call.request, compile);
    const { follow_from: followFrom } = call.request;
    call.sendHeaders();
    // From the end on, the bounds do not count.
    if (followFrom !== "END") await streamForward(file, query, scanOptions(call));
    if (followFrom === "END" || (followFrom === "DEFAULT" && !hasPassed(query))) await untilOver(call.signal);
  }

  /** Whether no record that is still to be written can lie within the bounds. */
  function hasPassed(query: RecordQuery): boolean {
    return query.stop !== undefined && query.stop.seconds * 1000 < now();
  }

  async function backward(call: RecordsCall): Promise<void> {
    using file = await openRequested(call);
    const query = requestedRecords(call.request, compile);
    call.sendHeaders();
    await streamBackward(file, query, scanOptions(call));
  }

  return {
    methods: {
      StreamForward: framedMethod(services.logRecords.StreamForward),
      StreamBackward: framedMethod(services.logRecords.StreamBackward),
    },
    handlers: { StreamForward: serverStream(forward), StreamBackward: serverStream(backward) },
  };
}
