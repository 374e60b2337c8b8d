// deno-lint-ignore-file camelcase -- the names of the wire contract
/**
 * The messages of the wire contract as handlers and clients see them.
 *
 * Shapes only: `descriptor.ts` makes objects of these shapes from bytes and bytes from them. Every field of a received
 * message is there – an absent one has its default, an absent message is null.
 *
 * @module
 */

/** Which namespaces a list or a watch is about; none at all, or one empty name, means every namespace. */
export interface LogMetadataRequest {
  /** Kubernetes namespaces. */
  readonly namespaces: readonly string[];
}

/** A point in time. */
export interface Timestamp {
  /** Seconds since 1970. */
  readonly seconds: number;
  /** 0 to 999,999,999. */
  readonly nanos: number;
}

/** Whose log it is. */
export interface LogMetadataSpec {
  /** The node's name. */
  readonly node_name: string;
  /** The pod's namespace. */
  readonly namespace: string;
  /** The pod's name. */
  readonly pod_name: string;
  /** The container's name. */
  readonly container_name: string;
  /** The container's id, without the name of its runtime. */
  readonly container_id: string;
}

/** What the file system says of a log. */
export interface LogMetadataFileInfo {
  /** Bytes. */
  readonly size: number;
  /** When it was last written; null where that is not known. */
  readonly last_modified_at: Timestamp | null;
}

/** One container's log. */
export interface LogMetadata {
  /** The container's id, without the name of its runtime. */
  readonly id: string;
  /** Whose log it is. */
  readonly spec: LogMetadataSpec | null;
  /** What the file system says of it. */
  readonly fileInfo: LogMetadataFileInfo | null;
}

/** The answer to a list. */
export interface LogMetadataList {
  /** The logs. */
  readonly items: readonly LogMetadata[];
}

/** One change to one log. */
export interface LogMetadataWatchEvent {
  /** What happened. */
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  /** The log as it is now, or as it was last seen. */
  readonly object: LogMetadata | null;
}

/** One query over one log. */
export interface LogRecordsStreamRequest {
  /** The pod's namespace. */
  readonly namespace: string;
  /** The pod's name. */
  readonly pod_name: string;
  /** The container's name. */
  readonly container_name: string;
  /** With or without a `runtime://` before it. */
  readonly container_id: string;
  /** RFC 3339, or empty. */
  readonly start_time: string;
  /** RFC 3339, or empty. */
  readonly stop_time: string;
  /** A regular expression, or empty. */
  readonly grep: string;
  /** What to do at the end of the log; a number where a caller sends one that has no name. */
  readonly follow_from: "NOOP" | "DEFAULT" | "END" | number;
}

/** One line of a log. */
export interface LogRecord {
  /** When the container runtime took the line. */
  readonly timestamp: Timestamp | null;
  /** The line without its line end. */
  readonly message: string;
  /** False when the rest of a long line is in later records. */
  readonly is_final: boolean;
}

/** Whose health is asked for. */
export interface HealthCheckRequest {
  /** Empty: the server as a whole. */
  readonly service: string;
}

/** A service's health. */
export interface HealthCheckResponse {
  /** The state. */
  readonly status: "UNKNOWN" | "SERVING" | "NOT_SERVING" | "SERVICE_UNKNOWN";
}

/** One question about the services; `message_request` names the one that is asked. */
export interface ReflectionRequest {
  /** Not looked at. */
  readonly host: string;
  /** Which of the fields below is set. */
  readonly message_request?: keyof ReflectionQuestions;
  /** The file of this name. */
  readonly file_by_filename?: string;
  /** The file that declares this symbol. */
  readonly file_containing_symbol?: string;
  /** The file that declares this extension. */
  readonly file_containing_extension?: { readonly containing_type: string; readonly extension_number: number };
  /** The extensions of this message. */
  readonly all_extension_numbers_of_type?: string;
  /** All services. */
  readonly list_services?: string;
}

/** The fields of a {@linkcode ReflectionRequest} of which one is set. */
export type ReflectionQuestions = Omit<ReflectionRequest, "host" | "message_request">;

/** The answer to one question. */
export interface ReflectionResponse {
  /** The host of the request. */
  readonly valid_host: string;
  /** The request. */
  readonly original_request: ReflectionRequest;
  /** The file asked for and those that it imports, serialized. */
  readonly file_descriptor_response?: { readonly file_descriptor_proto: readonly Uint8Array[] };
  /** The numbers asked for. */
  readonly all_extension_numbers_response?: {
    readonly base_type_name: string;
    readonly extension_number: readonly number[];
  };
  /** The services. */
  readonly list_services_response?: { readonly service: readonly { readonly name: string }[] };
  /** Why there is no answer. */
  readonly error_response?: { readonly error_code: number; readonly error_message: string };
}
