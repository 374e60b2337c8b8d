/**
 * The labels of the metrics of gRPC calls, as the ecosystem has them.
 *
 * Not every service has every method: so the three labels of a method are one here, and become three where the metric
 * is exported.
 *
 * @module
 */

/** Every method that is served: its kind, its service, its name. */
export const GRPC_METHODS = [
  "unary/cluster_agent.LogMetadataService/List",
  "server_stream/cluster_agent.LogMetadataService/Watch",
  "server_stream/cluster_agent.LogRecordsService/StreamForward",
  "server_stream/cluster_agent.LogRecordsService/StreamBackward",
  "unary/grpc.health.v1.Health/Check",
  "server_stream/grpc.health.v1.Health/Watch",
  "bidi_stream/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
] as const;

/** One of {@linkcode GRPC_METHODS}. */
export type CallMethod = typeof GRPC_METHODS[number];

/** Status codes in the order of their numbers, written as Go writes them. */
export const GRPC_CODES = [
  "OK",
  "Canceled",
  "Unknown",
  "InvalidArgument",
  "DeadlineExceeded",
  "NotFound",
  "AlreadyExists",
  "PermissionDenied",
  "ResourceExhausted",
  "FailedPrecondition",
  "Aborted",
  "OutOfRange",
  "Unimplemented",
  "Internal",
  "Unavailable",
  "DataLoss",
  "Unauthenticated",
] as const;

/** The label of a method, which is exported as `grpc_type`, `grpc_service` and `grpc_method`. */
export const METHOD = { grpc_method: GRPC_METHODS } as const;

/** The labels as they are exported. */
export function readableLabels(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const { grpc_method: method, ...others } = labels;
  if (method === undefined) return labels;
  const [type = "", service = "", name = ""] = method.split("/");
  return { grpc_type: type, grpc_service: service, grpc_method: name, ...others };
}
