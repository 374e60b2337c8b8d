// deno-lint-ignore-file camelcase -- the names of the wire contract
/**
 * A log as the wire contract shows it.
 *
 * @module
 */
import { bareContainerId, type LogName } from "../../logs/log_name.ts";
import type * as messages from "../messages.ts";

/** A log of a list, or of an event. */
export interface ShownLog {
  /** Whose log it is. */
  readonly name: LogName;
  /** Its size in bytes. */
  readonly size: number;
  /** When it was last written, in milliseconds since 1970; unset for one that is gone. */
  readonly modifiedMs: number | undefined;
}

/** The message for a log. */
export function wireMetadata(log: ShownLog, { nodeName }: { readonly nodeName: string }): messages.LogMetadata {
  const { name: { namespace, podName, containerName, containerId }, size, modifiedMs } = log;
  const id = bareContainerId(containerId);
  return {
    id,
    spec: { node_name: nodeName, namespace, pod_name: podName, container_name: containerName, container_id: id },
    fileInfo: { size, last_modified_at: modifiedMs === undefined ? null : wireTime(modifiedMs) },
  };
}

/** The message for a time in milliseconds since 1970. */
export function wireTime(ms: number): messages.Timestamp {
  const seconds = Math.floor(ms / 1000);
  return { seconds, nanos: Math.round((ms - seconds * 1000) * 1_000_000) };
}
