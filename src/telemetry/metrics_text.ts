/**
 * The metrics as the text that Prometheus reads.
 *
 * prom-client writes it, of which the registry alone is loaded, and only when somebody asks for this: its own metrics
 * would cost memory and time, and its figures of the process are zeros under the permissions of this program.
 *
 * @module
 */
import type { Registry as RegistryClass } from "prom-client";
import { readableLabels } from "./call_labels.ts";
import type { MetricFamily, Metrics } from "./metrics.ts";

/** The text, made anew each time. */
export interface MetricsText {
  /** What HTTP calls it. */
  readonly contentType: string;
  /** All metrics as they are now. */
  read(): Promise<string>;
}

/** One line of the text: a value, and what it is of. */
interface Line {
  readonly metricName?: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

/** Loads the registry, and registers all metrics in it. */
export async function createMetricsText(metrics: Metrics): Promise<MetricsText> {
  const { default: Registry } = await import("prom-client/lib/registry.js") as {
    readonly default: typeof RegistryClass;
  };
  const registry = new Registry();
  for (const { name, kind, help, samples } of metrics.families()) {
    const get = () => ({ name, help, type: kind, values: samples().flatMap((sample) => linesOf(name, kind, sample)) });
    // The part of a metric that a registry uses.
    registry.registerMetric({ name, get } as unknown as Parameters<typeof registry.registerMetric>[0]);
  }
  return { contentType: registry.contentType, read: () => registry.metrics() };
}

/** The lines of one series. */
function linesOf(
  name: string,
  kind: MetricFamily["kind"],
  sample: ReturnType<MetricFamily["samples"]>[number],
): Line[] {
  const { value, sum, buckets } = sample;
  const labels = readableLabels(sample.labels);
  if (kind !== "histogram") return [{ labels, value }];
  return [
    ...buckets.map(({ bound, count }) => ({
      metricName: `${name}_bucket`,
      labels: { ...labels, le: bound },
      value: count,
    })),
    { metricName: `${name}_bucket`, labels: { ...labels, le: "+Inf" }, value },
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value },
  ];
}
