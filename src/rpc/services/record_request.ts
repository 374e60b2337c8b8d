/**
 * From a request for records to a name and a query: the only place that reads its texts.
 *
 * @module
 */
import { bareContainerId, checkLogName, type LogName } from "../../logs/log_name.ts";
import { parseBound, type Time, TimeError } from "../../logs/time.ts";
import type { StreamQuery } from "../../records/stream.ts";
import { compileSearch, type Search } from "../../search/search.ts";
import type { LogRecordsStreamRequest } from "../messages.ts";

/** A field of a request that cannot be used. */
export class RequestError extends TypeError {
  /** The class, as an error log shows it. */
  override readonly name = "RequestError";
}

/**
 * The name of the log that a request is about.
 *
 * @throws {LogNameError}
 */
export function requestedLog(request: LogRecordsStreamRequest): LogName {
  const name: LogName = {
    namespace: request.namespace,
    podName: request.pod_name,
    containerName: request.container_name,
    containerId: bareContainerId(request.container_id),
  };
  checkLogName(name);
  return name;
}

/** How a request is read. */
export interface RequestOptions {
  /** The direction of the method that was called. @default {"forward"} */
  readonly direction?: StreamQuery["direction"];
  /** Makes a search of the text of the grep. @default {compileSearch} */
  readonly compile?: (grep: string) => Search | undefined;
}

/**
 * The query of a request: which records of the log, and in which order.
 *
 * @throws {RequestError} when a bound is no time
 * @throws {PatternError}
 */
export function requestedRecords(request: LogRecordsStreamRequest, options: RequestOptions = {}): StreamQuery {
  const { direction = "forward", compile = compileSearch } = options;
  return {
    direction,
    follow: FOLLOWS[request.follow_from] ?? "none",
    start: bound("start_time", request.start_time),
    stop: bound("stop_time", request.stop_time),
    search: compile(request.grep),
  };
}

/** The follow for each value of the contract; a value that it does not have is no follow. */
const FOLLOWS: Readonly<Record<string | number, StreamQuery["follow"]>> = { DEFAULT: "start", END: "end" };

function bound(field: string, text: string): Time | undefined {
  try {
    return parseBound(text);
  } catch (error) {
    if (error instanceof TimeError) throw new RequestError(`Cannot use ${field}: ${error.message}`, { cause: error });
    throw error;
  }
}
