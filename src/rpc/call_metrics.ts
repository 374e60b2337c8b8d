/**
 * The metrics of calls: what has come, what has ended and how, and what was sent and searched.
 *
 * What calls that go on have done is read from their figures when somebody asks, so that a record costs nothing here.
 *
 * @module
 */
import { type CallMethod, GRPC_CODES, GRPC_METHODS } from "../telemetry/call_labels.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { AgentCall, CallObserver } from "./agent_call.ts";
import type { CallEnd } from "./call_ending.ts";
import type { CallFigures } from "./call_figures.ts";

/** The figures that are summed. */
const SUMMED = ["received", "messages", "bytes", "scannedBytes", "rotations"] as const;

type Summed = typeof SUMMED[number];

/** The calls of one method. */
interface MethodCalls {
  readonly method: CallMethod;
  /** What those have done that have ended. */
  readonly ended: Record<Summed, number>;
  /** Those that go on. */
  readonly open: Set<CallFigures>;
}

/** Returns an observer that drives the metrics of calls. */
export function createCallMetrics(metrics: Metrics): CallObserver {
  const byPath = new Map(GRPC_METHODS.map((method) => [pathOf(method), callsOf(method)]));
  collectFigures(metrics, [...byPath.values()]);
  return {
    begin: ({ method, figures }: AgentCall<unknown>): void => {
      const calls = byPath.get(method);
      if (calls === undefined) return;
      calls.open.add(figures);
      metrics.add("grpc_server_started_total", 1, { grpc_method: calls.method });
    },
    end: ({ method, figures }: AgentCall<unknown>, { status }: CallEnd): void => {
      const calls = byPath.get(method);
      if (calls === undefined) return;
      calls.open.delete(figures);
      for (const name of SUMMED) calls.ended[name] += figures[name];
      const labels = { grpc_method: calls.method };
      metrics.add("grpc_server_handled_total", 1, { ...labels, grpc_code: GRPC_CODES[status.code] ?? "Unknown" });
      metrics.observe("grpc_server_handling_seconds", (performance.now() - figures.startedMs) / 1_000, labels);
    },
  };
}

function collectFigures(metrics: Metrics, methods: readonly MethodCalls[]): void {
  for (const calls of methods) {
    const labels = { grpc_method: calls.method };
    metrics.collect("grpc_server_msg_received_total", () => sumOf([calls], "received"), labels);
    metrics.collect("grpc_server_msg_sent_total", () => sumOf([calls], "messages"), labels);
  }
  const directed = (name: string): readonly MethodCalls[] => methods.filter(({ method }) => method.endsWith(name));
  const [forward, backward] = [directed("/StreamForward"), directed("/StreamBackward")];
  metrics.collect("scanned_bytes_total", () => sumOf(forward, "scannedBytes"), { direction: "forward" });
  metrics.collect("scanned_bytes_total", () => sumOf(backward, "scannedBytes"), { direction: "backward" });
  metrics.collect("sent_bytes_total", () => sumOf(methods, "bytes"));
  metrics.collect("log_rotations_total", () => sumOf(methods, "rotations"));
}

function callsOf(method: CallMethod): MethodCalls {
  return { method, ended: { received: 0, messages: 0, bytes: 0, scannedBytes: 0, rotations: 0 }, open: new Set() };
}

/** The path of a method, as its calls have it. */
function pathOf(method: CallMethod): string {
  return method.slice(method.indexOf("/"));
}

/** The sum over all calls, those included that go on. */
function sumOf(methods: readonly MethodCalls[], name: Summed): number {
  let sum = 0;
  for (const { ended, open } of methods) {
    sum += ended[name];
    for (const figures of open) sum += figures[name];
  }
  return sum;
}
