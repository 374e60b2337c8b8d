import assert from "#assert";
import { runServer } from "../../../tests/support/agent_server.ts";
import { services } from "../descriptor.ts";
import type { ReflectionQuestions, ReflectionResponse } from "../messages.ts";

/** Asks each question on one stream. */
async function ask(questions: readonly ReflectionQuestions[]): Promise<ReflectionResponse[]> {
  await using running = await runServer([{ methods: services.logRecords, handlers: unused }]);
  const talk = running.client().converse(services.reflection.ServerReflectionInfo);
  for (const question of questions) talk.say({ host: "here", ...question });
  talk.finish();
  const answers: ReflectionResponse[] = [];
  for await (const answer of talk) answers.push(answer);
  assert.deepEqual(await talk.ending, { code: "OK", details: "OK" });
  return answers;
}

const unused = { StreamForward: () => () => {}, StreamBackward: () => () => {} };

function fileNames(answer: ReflectionResponse | undefined): string[] {
  const files = answer?.file_descriptor_response?.file_descriptor_proto ?? [];
  // A FileDescriptorProto begins with its name.
  return files.map((bytes) => new TextDecoder().decode(bytes.subarray(2, 2 + (bytes[1] ?? 0))));
}

Deno.test("reflection lists the services that are registered, health and itself", async () => {
  const [answer] = await ask([{ list_services: "*" }]);
  assert.deepEqual(answer?.list_services_response?.service.map(({ name }) => name), [
    "cluster_agent.LogRecordsService",
    "grpc.health.v1.Health",
    "grpc.reflection.v1.ServerReflection",
  ]);
  assert.equal(answer?.valid_host, "here");
  assert.equal(answer?.original_request.list_services, "*");
});

Deno.test("reflection finds the file of a symbol of any kind, with the files that it imports", async () => {
  const symbols = [
    "cluster_agent.LogRecordsService",
    "cluster_agent.LogRecordsService.StreamForward",
    ".cluster_agent.LogRecord",
    "cluster_agent.LogRecord.is_final",
    "cluster_agent.FollowFrom",
    "cluster_agent.NOOP",
  ];
  const answers = await ask(symbols.map((symbol) => ({ file_containing_symbol: symbol })));
  assert.equal(answers.length, symbols.length);
  for (const answer of answers) {
    assert.deepEqual(fileNames(answer), ["cluster_agent.proto", "google/protobuf/timestamp.proto"]);
  }
});

Deno.test("reflection finds nested symbols, and files by name", async () => {
  const answers = await ask([
    { file_containing_symbol: "grpc.health.v1.HealthCheckResponse.ServingStatus" },
    { file_containing_symbol: "grpc.health.v1.HealthCheckResponse.SERVING" },
    { file_containing_symbol: "grpc.reflection.v1.ServerReflectionRequest.message_request" },
    { file_by_filename: "google/protobuf/timestamp.proto" },
  ]);
  assert.deepEqual(answers.map(fileNames), [
    ["grpc/health/v1/health.proto"],
    ["grpc/health/v1/health.proto"],
    ["grpc/reflection/v1/reflection.proto"],
    ["google/protobuf/timestamp.proto"],
  ]);
});

Deno.test("reflection answers what it does not have by an error each, and goes on", async () => {
  const answers = await ask([
    { file_by_filename: "nope.proto" },
    { file_containing_symbol: "cluster_agent" },
    { file_containing_symbol: "" },
    { file_containing_extension: { containing_type: "cluster_agent.LogRecord", extension_number: 100 } },
    { all_extension_numbers_of_type: "nope.Message" },
    {},
    { all_extension_numbers_of_type: "cluster_agent.LogRecord" },
  ]);
  assert.deepEqual(answers.map((answer) => answer.error_response?.error_code), [5, 5, 5, 5, 5, 3, undefined]);
  assert.equal(answers[0]?.error_response?.error_message, "file 'nope.proto' not found");
  assert.deepEqual(answers[6]?.all_extension_numbers_response, {
    base_type_name: "cluster_agent.LogRecord",
    extension_number: [],
  });
});

Deno.test("reflection ends with the server", async () => {
  await using running = await runServer([]);
  const talk = running.client().converse(services.reflection.ServerReflectionInfo);
  talk.say({ host: "", list_services: "" });
  assert.ok((await talk.next())?.list_services_response);
  const drained = running.server.drain({ signal: new AbortController().signal });
  assert.equal(await talk.next(), undefined);
  assert.deepEqual(await talk.ending, { code: "UNAVAILABLE", details: "Server is shutting down" });
  await drained;
});
