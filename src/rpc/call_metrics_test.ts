import assert from "#assert";
import { status as code } from "@grpc/grpc-js";
import { GRPC_CODES, GRPC_METHODS } from "../telemetry/call_labels.ts";
import { createMetrics, type Metrics } from "../telemetry/metrics.ts";
import type { AgentCall } from "./agent_call.ts";
import { OK } from "./call_ending.ts";
import { createCallFigures } from "./call_figures.ts";
import { createCallMetrics } from "./call_metrics.ts";
import { services } from "./descriptor.ts";

/** A call of a method that has done nothing. */
function calling(method: string): AgentCall<unknown> {
  const { signal } = new AbortController();
  const peer = { hasCertificate: false, commonName: undefined };
  return { request: {}, method, type: "server_stream", signal, peer, figures: createCallFigures(), metadata: () => [] };
}

/** How many series there are. */
function seriesOf(metrics: Metrics): number {
  return metrics.families().reduce((sum, { samples }) => sum + samples().length, 0);
}

const FORWARD = "/cluster_agent.LogRecordsService/StreamForward";
const BACKWARD = "/cluster_agent.LogRecordsService/StreamBackward";
const forward = { grpc_method: "server_stream/cluster_agent.LogRecordsService/StreamForward" } as const;
const backward = { grpc_method: "server_stream/cluster_agent.LogRecordsService/StreamBackward" } as const;

Deno.test("each method that is served has its labels, and nothing else has", () => {
  const served = Object.values(services).flatMap((methods) => Object.values(methods)).map((method) => {
    const { path, requestStream, responseStream } = method;
    const type = responseStream ? (requestStream ? "bidi_stream" : "server_stream") : "unary";
    return `${type}${path}`;
  });
  assert.deepEqual([...GRPC_METHODS].sort(), served.sort());
});

Deno.test("the codes are those of gRPC, by their numbers", () => {
  const names = Object.entries(code).filter(([, number]) => typeof number === "number");
  assert.equal(GRPC_CODES.length, names.length);
  for (const [name, number] of names) {
    const written = GRPC_CODES[Number(number)] ?? "";
    const known = name === "CANCELLED" ? "CANCELED" : name.replaceAll("_", "");
    assert.equal(written.toUpperCase(), known);
  }
});

Deno.test("a call is counted when it begins, and by its code when it ends", () => {
  const metrics = createMetrics();
  const observer = createCallMetrics(metrics);
  const calls = [calling(FORWARD), calling(FORWARD), calling(BACKWARD)];
  for (const call of calls) observer.begin?.(call);
  assert.equal(metrics.value("grpc_server_started_total", forward), 2);
  assert.equal(metrics.value("grpc_server_started_total", backward), 1);
  const ended = (grpcCode: typeof GRPC_CODES[number]): number =>
    metrics.value("grpc_server_handled_total", { ...forward, grpc_code: grpcCode });
  assert.equal(ended("OK"), 0);
  const [first = calling(""), second = calling("")] = calls;
  observer.end(first, { status: OK });
  observer.end(second, { status: { code: code.CANCELLED, details: "" } });
  assert.deepEqual([ended("OK"), ended("Canceled"), ended("DataLoss")], [1, 1, 0]);
  assert.equal(metrics.value("grpc_server_handling_seconds", forward), 2);
  assert.equal(metrics.value("grpc_server_handling_seconds", backward), 0);
});

Deno.test("what a call does is told while it goes on, and kept when it has ended", () => {
  const metrics = createMetrics();
  const observer = createCallMetrics(metrics);
  const told = (): number[] => [
    metrics.value("grpc_server_msg_received_total", forward),
    metrics.value("grpc_server_msg_sent_total", forward),
    metrics.value("sent_bytes_total"),
    metrics.value("scanned_bytes_total", { direction: "forward" }),
    metrics.value("scanned_bytes_total", { direction: "backward" }),
    metrics.value("log_rotations_total"),
  ];
  const [one, other] = [calling(FORWARD), calling(BACKWARD)];
  observer.begin?.(one);
  observer.begin?.(other);
  assert.deepEqual(told(), [1, 0, 0, 0, 0, 0]);
  Object.assign(one.figures, { messages: 2, bytes: 100, scannedBytes: 1_000, rotations: 1 });
  Object.assign(other.figures, { messages: 4, bytes: 50, scannedBytes: 500 });
  assert.deepEqual(told(), [1, 2, 150, 1_000, 500, 1]);
  observer.end(one, { status: OK });
  assert.deepEqual(told(), [1, 2, 150, 1_000, 500, 1]);
  one.figures.messages = 100;
  assert.deepEqual(told(), [1, 2, 150, 1_000, 500, 1]);
  const next = calling(FORWARD);
  observer.begin?.(next);
  next.figures.messages = 1;
  assert.deepEqual(told(), [2, 3, 150, 1_000, 500, 1]);
});

Deno.test("calls of methods that are not served make no series, and are not counted as others", () => {
  const metrics = createMetrics();
  const observer = createCallMetrics(metrics);
  const before = seriesOf(metrics);
  for (let name = 0; name < 1_000; name++) {
    const call = calling(`/made.Up${name}/Method${name}`);
    observer.begin?.(call);
    observer.end(call, { status: { code: name, details: "" } });
  }
  assert.equal(seriesOf(metrics), before);
  assert.equal(
    GRPC_METHODS.reduce((sum, one) => sum + metrics.value("grpc_server_started_total", { grpc_method: one }), 0),
    0,
  );
});

Deno.test("a code that gRPC does not know is told as unknown", () => {
  const metrics = createMetrics();
  const observer = createCallMetrics(metrics);
  const call = calling(FORWARD);
  observer.begin?.(call);
  observer.end(call, { status: { code: 99, details: "" } });
  assert.equal(metrics.value("grpc_server_handled_total", { ...forward, grpc_code: "Unknown" }), 1);
});
