/**
 * Requests for the records of a log in a made tree.
 *
 * @module
 */
import type { LogRecordsStreamRequest } from "../../src/rpc/messages.ts";
import type { ContainerLog } from "../fakes/log_tree.ts";

/** What a request says to name a log. */
export type LogName = Pick<LogRecordsStreamRequest, "namespace" | "pod_name" | "container_name" | "container_id">;

/** The name of a log, with the id as the API server tells it. */
export function nameOf({ namespace, pod, container, runtimeId }: ContainerLog): LogName {
  return { namespace, pod_name: pod, container_name: container, container_id: runtimeId };
}

/** What is wanted of a log. */
export interface RecordsRequestOptions {
  /** @default "" */
  readonly grep?: string | undefined;
  /** @default "NOOP" */
  readonly followFrom?: LogRecordsStreamRequest["follow_from"] | undefined;
}

/** A request for records, without bounds of time. */
export function recordsRequest(log: ContainerLog, options: RecordsRequestOptions = {}): LogRecordsStreamRequest {
  const { grep = "", followFrom = "NOOP" } = options;
  return { ...nameOf(log), start_time: "", stop_time: "", grep, follow_from: followFrom };
}
