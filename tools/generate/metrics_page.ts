/**
 * Writes the table of metrics into `docs/metrics.md`: `deno task gen`. `deno task gen --check` only compares.
 *
 * @module
 */
import { readableLabels } from "../../src/telemetry/call_labels.ts";
import { exportedName, type MetricName, metricRow, METRICS } from "../../src/telemetry/metric_table.ts";
import { withTable, writePage } from "./_page_table.ts";

const TABLE = /(<!-- metrics: .* -->\n)[^]*(<!-- \/metrics -->\n)/;

/** All metrics as a Markdown table. */
function metricsTable(): string {
  const rows = (Object.keys(METRICS) as MetricName[]).map((name) => {
    const { kind, help, program = "agent", labels = {} } = metricRow(name);
    return `| \`${exportedName(name)}\` | ${kind} | ${program} | ${labelsText(labels)} | ${help} |`;
  });
  return ["| metric | kind | of | labels | |", "|---|---|---|---|---|", ...rows, ""].join("\n");
}

/** Labels with their values, where these are few and the same everywhere. */
function labelsText(labels: Readonly<Record<string, readonly string[]>>): string {
  const names = Object.keys(readableLabels(Object.fromEntries(Object.keys(labels).map((name) => [name, ""]))));
  return names.map((name) => {
    const values = labels[name] ?? [];
    const isTold = values.length > 1 && !name.startsWith("grpc_");
    return `\`${name}\`${isTold ? `: ${values.join(", ")}` : ""}`;
  }).join("; ");
}

/** The page with the table as it is now. */
export async function withMetricsTable(page: string): Promise<string> {
  return await withTable(page, { table: metricsTable(), place: TABLE });
}

if (import.meta.main) await writePage("docs/metrics.md", { table: metricsTable(), place: TABLE });
