/**
 * The services of the wire contract, with their serializers.
 *
 * Made from `proto/descriptor.json`, which is part of the program: nothing is read from disk at run time. Field names
 * are those of the .proto files, 64-bit integers are numbers, enum values are their names, absent fields have their
 * defaults, and a oneof's own name tells which member is set. Receiving never fails on unknown fields or enum values.
 *
 * @module
 */

import { fromJSON } from "@grpc/proto-loader";
import type { MethodDefinition } from "@grpc/grpc-js";
import descriptor from "#proto/descriptor.json" with { type: "json" };
import type * as messages from "./messages.ts";

/** The definitions of one service's methods, by their names. */
type Methods<Messages extends Readonly<Record<string, readonly [unknown, unknown]>>> = {
  readonly [Name in keyof Messages]: MethodDefinition<Messages[Name][0], Messages[Name][1]>;
};

/** `cluster_agent.LogMetadataService`. */
export type LogMetadataMethods = Methods<{
  List: [messages.LogMetadataRequest, messages.LogMetadataList];
  Watch: [messages.LogMetadataRequest, messages.LogMetadataWatchEvent];
}>;

/** `cluster_agent.LogRecordsService`. */
export type LogRecordsMethods = Methods<{
  StreamForward: [messages.LogRecordsStreamRequest, messages.LogRecord];
  StreamBackward: [messages.LogRecordsStreamRequest, messages.LogRecord];
}>;

/** `grpc.health.v1.Health`. */
export type HealthMethods = Methods<{
  Check: [messages.HealthCheckRequest, messages.HealthCheckResponse];
  Watch: [messages.HealthCheckRequest, messages.HealthCheckResponse];
}>;

/** `grpc.reflection.v1.ServerReflection`. */
export type ReflectionMethods = Methods<{
  ServerReflectionInfo: [messages.ReflectionRequest, messages.ReflectionResponse];
}>;

/** The generated file's own type is too narrow for the loader: it lists each message as a shape of its own. */
const messageTree = descriptor.messages as unknown as Parameters<typeof fromJSON>[0];

const definitions = fromJSON(messageTree, { longs: Number, enums: String, defaults: true, oneofs: true });

/**
 * What the definitions of a service are in this program's types; the generated file and `messages.ts` agree by test.
 */
function methodsOf<Definition>(name: string): Definition {
  const definition = definitions[name];
  if (definition === undefined) throw new TypeError(`Cannot find a service in the descriptor: "${name}"`);
  return definition as unknown as Definition;
}

/** Every service of the contract. */
export const services = {
  logMetadata: methodsOf<LogMetadataMethods>("cluster_agent.LogMetadataService"),
  logRecords: methodsOf<LogRecordsMethods>("cluster_agent.LogRecordsService"),
  health: methodsOf<HealthMethods>("grpc.health.v1.Health"),
  reflection: methodsOf<ReflectionMethods>("grpc.reflection.v1.ServerReflection"),
} as const;

/** One .proto file, as server reflection hands it out. */
export interface ProtoFile {
  /** The name by which other files import it. */
  readonly name: string;
  /** The names of the files that it imports. */
  readonly dependencies: readonly string[];
  /** Every fully qualified name that it declares. */
  readonly symbols: readonly string[];
  /** The serialized FileDescriptorProto, base64. */
  readonly descriptor: string;
}

/** The .proto files of the contract. */
export const protoFiles: readonly ProtoFile[] = descriptor.files;
