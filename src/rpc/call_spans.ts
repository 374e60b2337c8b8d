/**
 * A span for each call of the log services, where traces are exported.
 *
 * Its attributes are those of OpenTelemetry's conventions for RPC, and what the call has sent and searched. They hold
 * no user, no namespace, no pattern and no text. Of what the caller sends along, `traceparent` alone is read;
 * `tracestate` and `baggage` are not.
 *
 * @module
 */
import { status as code } from "@grpc/grpc-js";
import { readTraceParent } from "../telemetry/trace_parent.ts";
import type { Attributes, RunningSpan, Tracer } from "../telemetry/tracer.ts";
import type { AgentCall, CallObserver } from "./agent_call.ts";
import { isLogged } from "./access_log.ts";
import type { CallEnd } from "./call_ending.ts";

/** What spans are made with. */
export interface CallSpansOptions {
  /** Begins them. */
  readonly tracer: Tracer;
  /** A clock in milliseconds that does not step. @default {performance.now} */
  readonly now?: () => number;
}

/** Returns the observer that makes the spans. */
export function createCallSpans({ tracer, now = () => performance.now() }: CallSpansOptions): CallObserver {
  const running = new WeakMap<AgentCall<unknown>, RunningSpan>();
  return {
    begin: (call) => {
      if (!isLogged(call)) return;
      const parent = readTraceParent(call.metadata("traceparent"));
      const agoMs = now() - call.figures.startedMs;
      const span = tracer.begin(call.method.slice(1), { parent, agoMs });
      if (span.isSampled) running.set(call, span);
    },
    run: (call, handle) => {
      const span = running.get(call);
      return span === undefined ? handle() : span.run(handle);
    },
    end: (call, ended) => {
      const span = running.get(call);
      if (span === undefined) return;
      running.delete(call);
      span.end({ attributes: attributesOf(call, ended), isError: SERVER_ERRORS.has(ended.status.code) });
    },
  };
}

/** The codes that are an error of the server, after the conventions; the others are the caller's business. */
const SERVER_ERRORS: ReadonlySet<number> = new Set([
  code.UNKNOWN,
  code.DEADLINE_EXCEEDED,
  code.UNIMPLEMENTED,
  code.INTERNAL,
  code.UNAVAILABLE,
  code.DATA_LOSS,
]);

function attributesOf({ method, figures, request }: AgentCall<unknown>, { status }: CallEnd): Attributes {
  const { grep, follow_from: followFrom } = (request ?? {}) as Readonly<Record<string, unknown>>;
  const { records, bytes, scannedBytes, rotatedFiles, usesEngine, gaps } = figures;
  const name = code[status.code] ?? `${status.code}`;
  return {
    "rpc.system.name": "grpc",
    "rpc.method": method.slice(1),
    "rpc.status_code": name,
    ...(SERVER_ERRORS.has(status.code) ? { "error.type": name } : {}),
    "cluster_agent.records": records,
    "cluster_agent.sent_bytes": bytes,
    "cluster_agent.scanned_bytes": scannedBytes,
    "cluster_agent.rotated_files": rotatedFiles,
    "cluster_agent.gaps": gaps,
    ...(typeof grep === "string"
      ? {
        "cluster_agent.pattern_length": grep.length,
        "cluster_agent.engine": usesEngine,
        "cluster_agent.direction": method.endsWith("Backward") ? "backward" : "forward",
        "cluster_agent.follow": followFrom === "DEFAULT" || followFrom === "END",
      }
      : {}),
  };
}
