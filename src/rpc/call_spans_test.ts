// deno-lint-ignore-file camelcase -- the names of the wire contract
import assert from "#assert";
import type { Attributes, SpanOptions } from "../telemetry/tracer.ts";
import type { AgentCall, CallObserver } from "./agent_call.ts";
import { createCallFigures } from "./call_figures.ts";
import { createCallSpans } from "./call_spans.ts";

const FORWARD = "cluster_agent.LogRecordsService/StreamForward";
const PARENT = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`;

interface Told extends SpanOptions {
  readonly name: string;
  runs: number;
  ended?: { readonly attributes: Attributes; readonly isError: boolean };
}

/** Spans of a tracer that records what it is told. */
function recorded({ isSampled = Boolean(1) } = {}): { readonly spans: Told[]; readonly observer: CallObserver } {
  const spans: Told[] = [];
  const observer = createCallSpans({
    now: () => 350,
    tracer: {
      begin: (name, options) => {
        const span: Told = { name, runs: 0, ...options };
        spans.push(span);
        return {
          isSampled,
          run: (part) => {
            span.runs++;
            return part();
          },
          end: (ended) => {
            assert.equal(span.ended, undefined, "a span ends once");
            span.ended = ended;
          },
        };
      },
    },
  });
  return { spans, observer };
}

function calling(request: Readonly<Record<string, unknown>>, method = `/${FORWARD}`): AgentCall<unknown> {
  return {
    request,
    method,
    type: "server_stream",
    figures: {
      ...createCallFigures({ startedMs: 100 }),
      records: 3,
      bytes: 90,
      scannedBytes: 4_096,
      rotatedFiles: 1,
      gaps: 2,
      usesEngine: Boolean(1),
    },
    signal: new AbortController().signal,
    peer: { hasCertificate: true, commonName: "proxy", address: "10.0.0.7" },
    metadata: (name) => name === "traceparent" ? [PARENT] : [`secret of ${name}`],
  };
}

const records = { namespace: "secret-shop", pod_name: "secret-pod", grep: "secret-text", follow_from: "DEFAULT" };

Deno.test("a call's span begins when the call came, below its caller's, and has its figures when it ends", () => {
  const { spans, observer } = recorded();
  const call = calling(records, `/${FORWARD.replace("Forward", "Backward")}`);
  observer.begin?.(call);
  assert.equal(observer.run?.(call, () => "answer"), "answer");
  observer.end(call, { status: { code: 0, details: "OK" } });
  observer.end(call, { status: { code: 0, details: "OK" } });
  const name = FORWARD.replace("Forward", "Backward");
  assert.deepEqual(spans, [{
    name,
    parent: { traceId: "a".repeat(32), spanId: "b".repeat(16), flags: 1 },
    agoMs: 250,
    runs: 1,
    ended: {
      isError: false,
      attributes: {
        "rpc.system.name": "grpc",
        "rpc.method": name,
        "rpc.status_code": "OK",
        "cluster_agent.records": 3,
        "cluster_agent.sent_bytes": 90,
        "cluster_agent.scanned_bytes": 4_096,
        "cluster_agent.rotated_files": 1,
        "cluster_agent.gaps": 2,
        "cluster_agent.pattern_length": 11,
        "cluster_agent.engine": true,
        "cluster_agent.direction": "backward",
        "cluster_agent.follow": true,
      },
    },
  }]);
  assert.ok(!JSON.stringify(spans).includes("secret"));
});

Deno.test("a span is an error where the server has failed, not where the caller has", () => {
  const errors = Array.from({ length: 17 }, (_, code) => code).filter((code) => {
    const { spans, observer } = recorded();
    const call = calling({ namespaces: ["secret-shop"] }, "/cluster_agent.LogMetadataService/List");
    observer.begin?.(call);
    observer.end(call, { status: { code, details: "secret" } });
    const [{ ended } = assert.fail()] = spans;
    assert.equal(ended?.attributes["error.type"] !== undefined, ended?.isError);
    assert.equal(ended?.attributes["cluster_agent.pattern_length"], undefined);
    assert.ok(!JSON.stringify(spans).includes("secret"));
    return ended?.isError;
  });
  assert.deepEqual(errors, [2, 4, 12, 13, 14, 15]);
});

Deno.test("health and reflection have no span, and one that nobody gets costs no attributes", () => {
  const { spans, observer } = recorded();
  for (const method of ["/grpc.health.v1.Health/Check", "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"]) {
    const call = calling({}, method);
    observer.begin?.(call);
    assert.equal(observer.run?.(call, () => 7), 7);
    observer.end(call, { status: { code: 0, details: "OK" } });
  }
  assert.deepEqual(spans, []);
  const unsampled = recorded({ isSampled: Boolean(0) });
  const call = calling(records);
  unsampled.observer.begin?.(call);
  assert.equal(unsampled.observer.run?.(call, () => 7), 7);
  unsampled.observer.end(call, { status: { code: 0, details: "OK" } });
  assert.deepEqual(unsampled.spans.map(({ runs, ended }) => [runs, ended]), [[0, undefined]]);
});
