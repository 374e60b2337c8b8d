import assert from "#assert";
import { exportedName, type MetricName, metricRow, METRICS } from "../../src/telemetry/metric_table.ts";
import { withMetricsTable } from "./metrics_page.ts";

const PAGE = new URL("../../docs/metrics.md", import.meta.url);

Deno.test("docs/metrics.md shows every metric with its help and its labels", async () => {
  const lines = (await Deno.readTextFile(PAGE)).split("\n");
  const missing = (Object.keys(METRICS) as MetricName[]).filter((name) => {
    const row = lines.find((line) => line.startsWith(`| \`${exportedName(name)}\` `));
    const { help, labels = {} } = metricRow(name);
    return row === undefined || !row.includes(help) || !Object.keys(labels).every((it) => row.includes(`\`${it}\``));
  });
  assert.deepEqual(missing, []);
});

Deno.test("the table of metrics is written between its two comments, and nothing else of the page changes", async () => {
  const page = await Deno.readTextFile(PAGE);
  assert.equal(await withMetricsTable(page), page);
  assert.equal(await withMetricsTable(page.replace(/^\| `cluster_agent_watches`.*\n/m, "")), page);
});
