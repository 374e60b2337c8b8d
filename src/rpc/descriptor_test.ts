import assert from "#assert";
import { Buffer } from "node:buffer";
import { anyLog } from "../../tests/support/test_services.ts";
import { protoFiles, services } from "./descriptor.ts";
import type { LogMetadataList } from "./messages.ts";

Deno.test("a received message has every field, by the names of the .proto file", () => {
  const { requestDeserialize } = services.logRecords.StreamForward;
  const empty = requestDeserialize(Buffer.alloc(0));
  const asked = { ...anyLog, namespace: "", pod_name: "", container_name: "", container_id: "" };
  assert.deepEqual(Object.entries(empty), Object.entries(asked));
});

Deno.test("an enum value arrives by its name, one without a name as its number", () => {
  const { requestDeserialize } = services.logRecords.StreamForward;
  const received = ["4000", "4001", "4002", "4063"].map((hex) =>
    requestDeserialize(Buffer.from(hex, "hex")).follow_from
  );
  assert.deepEqual(received, ["NOOP", "DEFAULT", "END", 99]);
});

Deno.test("sizes and times are numbers, exact to 2^53", () => {
  const { responseSerialize, responseDeserialize } = services.logMetadata.List;
  const seconds = 1_741_152_247;
  const list: LogMetadataList = {
    items: [{
      id: "0123",
      spec: { node_name: "n", namespace: "ns", pod_name: "p", container_name: "c", container_id: "0123" },
      fileInfo: { size: 2 ** 53 - 1, last_modified_at: { seconds, nanos: 250_000_000 } },
    }, { id: "45", spec: null, fileInfo: { size: 0, last_modified_at: null } }],
  };
  assert.deepEqual(JSON.parse(JSON.stringify(responseDeserialize(responseSerialize(list)))), list);
});

Deno.test("a record is on the wire what the contract says", () => {
  const { responseSerialize } = services.logRecords.StreamForward;
  const bytes = responseSerialize({ timestamp: { seconds: 1, nanos: 2 }, message: "hi", is_final: true });
  assert.equal(Buffer.from(bytes).toString("hex"), "0a04080110021202686918" + "01");
});

Deno.test("unknown fields are skipped, and what is no message is refused", () => {
  const { requestDeserialize } = services.logMetadata.List;
  assert.deepEqual(requestDeserialize(Buffer.from("9a0603666f6f", "hex")).namespaces, []);
  assert.throws(() => requestDeserialize(Buffer.from("ffffff", "hex")));
});

Deno.test("every service of the descriptor is here", () => {
  const paths = Object.values(services).flatMap((methods) => Object.values(methods).map(({ path }) => path));
  const symbols = new Set(protoFiles.flatMap((file) => file.symbols));
  for (const path of paths) assert.ok(symbols.has(path.slice(1).replace("/", ".")), path);
  assert.equal(paths.length, 7);
});
