// deno-lint-ignore-file camelcase -- the names of the wire contract
/**
 * The log services with a handler of a test's own, and requests for them.
 *
 * @module
 */

import { services } from "../../src/rpc/descriptor.ts";
import type { AgentCall, AgentStream } from "../../src/rpc/agent_call.ts";
import { frameStream, serverStream, unary } from "../../src/rpc/handler.ts";
import type {
  LogMetadataList,
  LogMetadataRequest,
  LogRecord,
  LogRecordsStreamRequest,
} from "../../src/rpc/messages.ts";
import type { AgentService } from "../../src/rpc/service.ts";

/** A request that every handler here takes. */
export const anyLog: LogRecordsStreamRequest = {
  namespace: "default",
  pod_name: "pod",
  container_name: "container",
  container_id: "0123",
  start_time: "",
  stop_time: "",
  grep: "",
  follow_from: "NOOP",
};

/** A record of that message. */
export function record(message: string): LogRecord {
  return { timestamp: null, message, is_final: true };
}

/** A list of logs of these ids. */
export function listOf(ids: readonly string[]): LogMetadataList {
  return { items: ids.map((id) => ({ id, spec: null, fileInfo: null })) };
}

/** A service whose `List` is this. */
export function listing(
  handle: (call: AgentCall<LogMetadataRequest>) => Promise<LogMetadataList> | LogMetadataList,
): AgentService {
  return { methods: { List: services.logMetadata.List }, handlers: { List: unary(handle) } };
}

/** A service whose `StreamForward` is this. */
export function streaming(
  handle: (call: AgentStream<LogRecordsStreamRequest, LogRecord>) => Promise<void>,
): AgentService {
  return {
    methods: { StreamForward: services.logRecords.StreamForward },
    handlers: { StreamForward: serverStream(handle) },
  };
}

/** A service whose `StreamForward` is this, and sends complete frames. */
export function framedStreaming(
  handle: (call: AgentStream<LogRecordsStreamRequest, Uint8Array>) => Promise<void>,
): AgentService {
  return {
    methods: { StreamForward: services.logRecords.StreamForward },
    handlers: { StreamForward: frameStream(handle) },
  };
}
