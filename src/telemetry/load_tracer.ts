/**
 * Loads what makes spans of OpenTelemetry, where the runtime exports them: with `OTEL_DENO`, see docs/traces.md.
 *
 * A process without an exporter has no use for it, and keeps its memory.
 *
 * @module
 */
import type { Tracer } from "./tracer.ts";

/** The key below which the runtime registers its exporter, for every version 1 of the package. */
const REGISTERED = Symbol.for("opentelemetry.js.api.1");

/** Loads what begins spans; undefined where the runtime exports none. */
export async function loadTracer({ version }: { readonly version: string }): Promise<Tracer | undefined> {
  const registered = Reflect.get(globalThis, REGISTERED) as { readonly trace?: unknown } | undefined;
  if (registered?.trace === undefined) return undefined;
  const { createTracer } = await import("./_exported_spans.ts");
  return createTracer({ version });
}
