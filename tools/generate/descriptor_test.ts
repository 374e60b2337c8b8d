import assert from "#assert";
import protobuf from "protobufjs";
import descriptorMessages from "protobufjs/google/protobuf/descriptor.json" with { type: "json" };
import descriptor from "../../proto/descriptor.json" with { type: "json" };
import { describeFile } from "./_file_descriptor.ts";
import { FOLDER, generate, generateCollector } from "./descriptor.ts";

const fileDescriptorProto = protobuf.Root.fromJSON(descriptorMessages).lookupType(
  "google.protobuf.FileDescriptorProto",
);

type Described = Record<string, unknown> & { readonly name: string };
interface DescribedFields extends Described {
  readonly field:
    readonly (Described & { readonly number: number; readonly type: string; readonly typeName?: string })[];
}
interface DescribedFile extends Described {
  readonly dependency?: readonly string[];
  readonly messageType: readonly DescribedFields[];
  readonly service: readonly (Described & { readonly method: readonly Described[] })[];
}

/** A described file, decoded by someone else's idea of what a descriptor is. */
function decoded(name: string): DescribedFile {
  const file = descriptor.files.find((candidate) => candidate.name === name) ?? assert.fail(name);
  const message = fileDescriptorProto.decode(Uint8Array.fromBase64(file.descriptor));
  return fileDescriptorProto.toObject(message, { enums: String }) as DescribedFile;
}

Deno.test("descriptor.json is what generate makes of the .proto files, every time", async () => {
  const text = await generate();
  assert.equal(text, await generate());
  assert.equal(text, await Deno.readTextFile(new URL("descriptor.json", FOLDER)));
});

Deno.test("collector.json is what generateCollector makes of collector.proto, every time", async () => {
  const text = await generateCollector();
  assert.equal(text, await generateCollector());
  assert.equal(text, await Deno.readTextFile(new URL("collector.json", FOLDER)));
});

Deno.test("the messages of the agent's own interface have the names, numbers and types that callers were built with", () => {
  const fields = decoded("cluster_agent.proto").messageType.flatMap(({ name, field }) =>
    field.map(({ name: fieldName, number, label, type, typeName = "" }) =>
      `${name} ${number} ${fieldName} ${label === "LABEL_REPEATED" ? "repeated " : ""}${type}${typeName}`
    )
  );
  assert.deepEqual(fields, [
    "LogMetadataListRequest 1 namespaces repeated TYPE_STRING",
    "LogMetadataWatchRequest 1 namespaces repeated TYPE_STRING",
    "LogMetadataList 1 items repeated TYPE_MESSAGE.cluster_agent.LogMetadata",
    "LogMetadataWatchEvent 1 type TYPE_STRING",
    "LogMetadataWatchEvent 2 object TYPE_MESSAGE.cluster_agent.LogMetadata",
    "LogMetadata 1 id TYPE_STRING",
    "LogMetadata 2 spec TYPE_MESSAGE.cluster_agent.LogMetadataSpec",
    "LogMetadata 3 fileInfo TYPE_MESSAGE.cluster_agent.LogMetadataFileInfo",
    "LogMetadataSpec 1 node_name TYPE_STRING",
    "LogMetadataSpec 2 namespace TYPE_STRING",
    "LogMetadataSpec 3 pod_name TYPE_STRING",
    "LogMetadataSpec 4 container_name TYPE_STRING",
    "LogMetadataSpec 5 container_id TYPE_STRING",
    "LogMetadataFileInfo 1 size TYPE_INT64",
    "LogMetadataFileInfo 2 last_modified_at TYPE_MESSAGE.google.protobuf.Timestamp",
    "LogRecordsStreamRequest 1 namespace TYPE_STRING",
    "LogRecordsStreamRequest 2 pod_name TYPE_STRING",
    "LogRecordsStreamRequest 3 container_name TYPE_STRING",
    "LogRecordsStreamRequest 4 container_id TYPE_STRING",
    "LogRecordsStreamRequest 5 start_time TYPE_STRING",
    "LogRecordsStreamRequest 6 stop_time TYPE_STRING",
    "LogRecordsStreamRequest 7 grep TYPE_STRING",
    "LogRecordsStreamRequest 8 follow_from TYPE_ENUM.cluster_agent.FollowFrom",
    "LogRecord 1 timestamp TYPE_MESSAGE.google.protobuf.Timestamp",
    "LogRecord 2 message TYPE_STRING",
    "LogRecord 3 is_final TYPE_BOOL",
  ]);
});

Deno.test("the services have the methods that callers call", () => {
  const methods = descriptor.files.flatMap(({ name }) => {
    const { package: pkg, service = [] } = decoded(name);
    return service.flatMap((each) =>
      each.method.map(({ name: method, inputType, outputType, clientStreaming, serverStreaming }) =>
        `/${pkg}.${each.name}/${method}: ${clientStreaming ? "many " : ""}${inputType} -> ${
          serverStreaming ? "many " : ""
        }${outputType}`
      )
    );
  });
  assert.deepEqual(methods, [
    "/cluster_agent.LogMetadataService/List: .cluster_agent.LogMetadataListRequest -> .cluster_agent.LogMetadataList",
    "/cluster_agent.LogMetadataService/Watch: .cluster_agent.LogMetadataWatchRequest -> many .cluster_agent.LogMetadataWatchEvent",
    "/cluster_agent.LogRecordsService/StreamForward: .cluster_agent.LogRecordsStreamRequest -> many .cluster_agent.LogRecord",
    "/cluster_agent.LogRecordsService/StreamBackward: .cluster_agent.LogRecordsStreamRequest -> many .cluster_agent.LogRecord",
    "/grpc.health.v1.Health/Check: .grpc.health.v1.HealthCheckRequest -> .grpc.health.v1.HealthCheckResponse",
    "/grpc.health.v1.Health/Watch: .grpc.health.v1.HealthCheckRequest -> many .grpc.health.v1.HealthCheckResponse",
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo: many .grpc.reflection.v1.ServerReflectionRequest -> many .grpc.reflection.v1.ServerReflectionResponse",
  ]);
});

Deno.test("a described file names what it imports, its oneofs and its JSON names", () => {
  assert.deepEqual(decoded("cluster_agent.proto").dependency, ["google/protobuf/timestamp.proto"]);
  const [request] = decoded("grpc/reflection/v1/reflection.proto").messageType;
  assert.deepEqual(request?.["oneofDecl"], [{ name: "message_request" }]);
  assert.deepEqual(
    request?.field.map(({ number, jsonName, oneofIndex }) => [number, jsonName, oneofIndex]),
    [
      [1, "host", undefined],
      [3, "fileByFilename", 0],
      [4, "fileContainingSymbol", 0],
      [5, "fileContainingExtension", 0],
      [6, "allExtensionNumbersOfType", 0],
      [7, "listServices", 0],
    ],
  );
});

Deno.test.each([
  { shown: "a map", text: "message M { map<string, string> a = 1; }" },
  { shown: "an optional field", text: "message M { optional string a = 1; }" },
  { shown: "a field with an option", text: "message M { string a = 1 [deprecated = true]; }" },
  { shown: "an extension", text: "message M {} extend M { string a = 100; }" },
])("describeFile refuses $shown rather than leave it out", ({ text }) => {
  const root = new protobuf.Root();
  protobuf.parse(`syntax = "proto3"; package p; ${text}`, root, { keepCase: true });
  root.resolveAll();
  const pkg = root.get("p") as protobuf.Namespace;
  assert.throws(() => describeFile(pkg, { name: "p.proto", dependencies: [] }), /^TypeError: Cannot describe /);
});
