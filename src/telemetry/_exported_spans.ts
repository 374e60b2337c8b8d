/**
 * Spans by the package of OpenTelemetry, which finds the runtime's exporter by itself. Loaded where there is one only.
 *
 * @module
 */
import { context as contexts, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags } from "@opentelemetry/api";
import type { Tracer } from "./tracer.ts";

const isRemote = true;

/** Begins spans in the name of this version of the program. */
export function createTracer({ version }: { readonly version: string }): Tracer {
  const tracer = trace.getTracer("cluster-agent", version);
  return {
    begin: (name, { parent, agoMs = 0 } = {}) => {
      const context = parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, {
        traceId: parent.traceId,
        spanId: parent.spanId,
        traceFlags: parent.flags,
        isRemote,
      });
      const span = tracer.startSpan(name, { kind: SpanKind.SERVER, startTime: Date.now() - agoMs }, context);
      return {
        isSampled: (span.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0,
        run: (part) => contexts.with(trace.setSpan(context, span), part),
        end: ({ attributes, isError }) => {
          span.setAttributes(attributes);
          if (isError) span.setStatus({ code: SpanStatusCode.ERROR });
          span.end();
        },
      };
    },
  };
}
