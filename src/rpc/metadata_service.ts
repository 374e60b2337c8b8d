/**
 * `cluster_agent.LogMetadataService`: which logs there are, and how that changes.
 *
 * @module
 */
import type { Authorizer } from "../auth/authorizer.ts";
import type { Grant } from "../auth/grant.ts";
import { bareContainerId, type LogName } from "../logs/log_name.ts";
import type { LogFolders } from "../logs/log_file.ts";
import { listLogs } from "../metadata/snapshot.ts";
import { createMetadataWatch, type LogEvent } from "../metadata/watch.ts";
import type { Counters } from "../telemetry/counters.ts";
import type { CallerOf } from "./caller.ts";
import { services } from "./descriptor.ts";
import { type AgentCall, type AgentStream, serverStream, unary } from "./handler.ts";
import { keepReviewed } from "./leave.ts";
import type * as messages from "./messages.ts";
import type { AgentService } from "./service.ts";

/** What the service works with. */
export interface MetadataServiceOptions {
  /** Tells who asks. */
  readonly callerOf: CallerOf;
  /** Tells whether they may. */
  readonly authorizer: Authorizer;
  /** Where the logs are. */
  readonly folders: LogFolders;
  /** How long a watch goes on before its caller's leave is reviewed again, in milliseconds. @default {300_000} */
  readonly reviewMs?: number;
  /** The node's name, as records of other nodes are told apart by. */
  readonly nodeName: string;
  /** What is counted. */
  readonly counters: Counters;
  /** Told of each log that is left out, and why. */
  readonly onSkip: (fileName: string, reason: string) => void;
}

/** The service. */
export function metadataService(options: MetadataServiceOptions): AgentService {
  const { callerOf, authorizer, folders, nodeName, reviewMs = 300_000, counters, onSkip } = options;
  const metadataWatch = createMetadataWatch({
    folders,
    onSkip: (fileName, reason) => {
      counters.add("logs_skipped");
      onSkip(fileName, reason);
    },
  });

  function authorize(call: AgentCall<messages.LogMetadataRequest>): Promise<Grant> {
    return authorizer.authorize(callerOf(call), call.request.namespaces, { signal: call.signal });
  }

  async function list(call: AgentCall<messages.LogMetadataRequest>): Promise<messages.LogMetadataList> {
    const grant = await authorize(call);
    const logs = await listLogs(folders, {
      includes: (namespace) => grant.allows(namespace),
      onSkip: (fileName, reason) => {
        counters.add("logs_skipped");
        onSkip(fileName, reason);
      },
      signal: call.signal,
    });
    return { items: logs.map((log) => wireMetadata(log, nodeName)) };
  }

  async function watch(call: AgentStream<messages.LogMetadataRequest, messages.LogMetadataWatchEvent>): Promise<void> {
    const grant = await authorize(call);
    const caller = callerOf(call);
    const leave = keepReviewed(call, {
      reviewMs,
      review: (options) => authorizer.authorize(caller, call.request.namespaces, options),
    });
    try {
      const events = await metadataWatch.open({
        includes: (namespace) => grant.allows(namespace),
        signal: call.signal,
      });
      call.sendHeaders();
      for await (const { type, ...log } of events) await call.send({ type, object: wireMetadata(log, nodeName) });
    } finally {
      leave[Symbol.dispose]();
    }
  }

  return { methods: services.logMetadata, handlers: { List: unary(list), Watch: serverStream(watch) } };
}

function wireMetadata(log: Omit<LogEvent, "type">, nodeName: string): messages.LogMetadata {
  const { name, size, modifiedMs } = log;
  return {
    id: bareContainerId(name.containerId),
    spec: wireSpec(name, nodeName),
    fileInfo: { size, last_modified_at: modifiedMs === undefined ? null : wireTime(modifiedMs) },
  };
}

function wireTime(ms: number): messages.Timestamp {
  const seconds = Math.floor(ms / 1000);
  return { seconds, nanos: Math.round((ms - seconds * 1000) * 1_000_000) };
}

function wireSpec(name: LogName, nodeName: string): messages.LogMetadataSpec {
  return {
    node_name: nodeName,
    namespace: name.namespace,
    pod_name: name.podName,
    container_name: name.containerName,
    container_id: bareContainerId(name.containerId),
  };
}
