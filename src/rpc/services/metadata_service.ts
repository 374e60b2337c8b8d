/**
 * `cluster_agent.LogMetadataService`: which logs there are, and how that changes.
 *
 * @module
 */
import type { Authorizer } from "../../auth/authorizer.ts";
import type { Grant } from "../../auth/grant.ts";
import { identityKey } from "../../auth/identity_key.ts";
import { checkNameLength } from "../../logs/log_name.ts";
import type { Poller } from "../../scheduling/poller.ts";
import { assignShare } from "../../scheduling/share.ts";
import { nextSlice } from "../../scheduling/time_slice.ts";
import type { LogDirectory } from "../../metadata/log_directory.ts";
import { createMetadataWatch } from "../../metadata/metadata_watch.ts";
import type { Metrics } from "../../telemetry/metrics.ts";
import type { PrincipalOf } from "../principal.ts";
import { services } from "../descriptor.ts";
import { createListFrame, listMethod } from "./list_bytes.ts";
import type { AgentCall, AgentStream } from "../agent_call.ts";
import { frameAnswer, serverStream } from "../handler.ts";
import { bytesInFlight } from "../transport/bytes_in_flight.ts";
import { streamBuffers } from "../transport/stream_buffers.ts";
import { OpenStreams } from "./open_streams.ts";
import { reauthorizePeriodically } from "./reauthorization.ts";
import type * as messages from "../messages.ts";
import { wireMetadata } from "./log_metadata.ts";
import { StalledStreams } from "./stalled_streams.ts";
import type { AgentService } from "../service.ts";

/** As many as a large cluster has; each is a review of its own. */
const MAX_NAMESPACES = 10_000;

/** What the service works with. */
export interface MetadataServiceOptions {
  /** Tells who asks. */
  readonly callerOf: PrincipalOf;
  /** Tells whether they may. */
  readonly authorizer: Authorizer;
  /** Scans the logs. */
  readonly directory: LogDirectory;
  /** Scans while somebody watches. @default {a poller of its own} */
  readonly poller?: Poller;
  /** Milliseconds for which changes of a log are collected before they are sent. @default {2000} */
  readonly gatherMs?: number;
  /** Milliseconds after which the authorization of a watch is reviewed again. @default {300_000} */
  readonly reviewMs?: number;
  /** Milliseconds for which the last review counts where none can be put. @default {1_800_000} */
  readonly staleAfterMs?: number;
  /** The node's name, which tells its logs from those of other nodes. */
  readonly nodeName: string;
  /** The streams that are open, those of other services too. @default {none of others, and the default limit} */
  readonly streams?: OpenStreams;
  /** Ends lists whose clients take nothing. @default {with the default limit} */
  readonly stalled?: StalledStreams;
  /** What is counted. */
  readonly metrics: Metrics;
  /** Called for each log that is left out, with the reason. */
  readonly onSkip: (fileName: string, reason: string) => void;
}

/** The service. */
export function metadataService(options: MetadataServiceOptions): AgentService {
  const { callerOf, authorizer, directory, poller, gatherMs = 2_000, nodeName, metrics } = options;
  const { reviewMs = 300_000, staleAfterMs = 1_800_000, streams = new OpenStreams({ metrics }) } = options;
  const { stalled = new StalledStreams() } = options;
  const metadataWatch = createMetadataWatch({ directory, poller, gatherMs, onSkip });

  function onSkip(fileName: string, reason: string): void {
    metrics.add("logs_skipped_total");
    options.onSkip(fileName, reason);
  }

  async function authorize(call: AgentCall<messages.LogMetadataRequest>): Promise<Grant> {
    const caller = callerOf(call);
    assignShare(call.signal, { identity: identityKey(caller) });
    for (const namespace of call.request.namespaces) checkNameLength("namespaces", namespace);
    return await authorizer.authorize(caller, call.request.namespaces, { signal: call.signal });
  }

  async function list(call: AgentStream<messages.LogMetadataRequest, Uint8Array>): Promise<void> {
    using _open = streams.admit(call, callerOf(call), { kind: "list" });
    const grant = await authorize(call);
    const answer = createListFrame({ nodeName });
    await directory.scan({
      includes: (namespace) => grant.allows(namespace),
      onLog: (log) => {
        answer.add(log);
        call.figures.records++;
      },
      onSkip,
      signal: call.signal,
    });
    using watched = stalled.watch(call);
    using buffer = streamBuffers.open();
    for (const piece of answer.pieces(() => Math.min(bytesInFlight.batchBytes, buffer.maxBytes))) {
      buffer.wrote(piece.length);
      await watched.send(piece);
      await nextSlice(call);
    }
    call.figures.messages++;
  }

  async function watch(call: AgentStream<messages.LogMetadataRequest, messages.LogMetadataWatchEvent>): Promise<void> {
    const caller = callerOf(call);
    using _open = streams.admit(call, caller, { kind: "watch" });
    const grant = await authorize(call);
    const reauthorization = reauthorizePeriodically(call, {
      granted: grant,
      reviewMs,
      staleAfterMs,
      // Who calls is found out anew: the name of the client may have been taken off the list of allowed ones.
      review: async (asked) => await authorizer.authorize(callerOf(call), call.request.namespaces, asked),
    });
    try {
      const events = await metadataWatch.open({
        includes: (namespace) => grant.allows(namespace),
        signal: call.signal,
      });
      call.sendHeaders();
      for await (const { type, ...log } of events) {
        await call.send({ type, object: wireMetadata(log, { nodeName }) });
        call.figures.records++;
      }
    } finally {
      reauthorization[Symbol.dispose]();
    }
  }

  return {
    methods: { ...services.logMetadata, List: listMethod(services.logMetadata.List) },
    requestLimits: { maxBytes: 2 ** 20, maxFields: MAX_NAMESPACES },
    handlers: { List: frameAnswer(list), Watch: serverStream(watch) },
  };
}
