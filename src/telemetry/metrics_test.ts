import assert from "#assert";
import { type MetricName, metricRow, METRICS } from "./metric_table.ts";
import { createMetrics } from "./metrics.ts";

Deno.test("Metrics.add adds one, or as many as it is told", () => {
  const metrics = createMetrics();
  metrics.add("logs_cut_total");
  metrics.add("records_sent_total", 500);
  metrics.add("records_sent_total", 0);
  metrics.add("records_sent_total");
  assert.equal(metrics.value("logs_cut_total"), 1);
  assert.equal(metrics.value("records_sent_total"), 501);
});

Deno.test("Metrics.add refuses what is not a whole number from 0", () => {
  const metrics = createMetrics();
  for (const n of [-1, 0.5, NaN, Infinity]) {
    assert.throws(() => metrics.add("logs_cut_total", n), {
      name: "RangeError",
      message: `Cannot change cluster_agent_logs_cut_total: expected a whole number from 0, got ${n}`,
    });
  }
  assert.equal(metrics.value("logs_cut_total"), 0);
});

Deno.test("Metrics.add refuses the value of a label that is not in the table", () => {
  const metrics = createMetrics();
  const labels = { reason: "whatever" as "unknown_format" };
  assert.throws(() => metrics.add("lines_skipped_total", 1, labels), {
    name: "RangeError",
    message: 'Cannot find a series of cluster_agent_lines_skipped_total: reason is "whatever"',
  });
});

Deno.test("Metrics.snapshot is what the program has counted, and does not change afterwards", () => {
  const metrics = createMetrics();
  const before = metrics.snapshot();
  assert.equal(before["logs_cut_total"], 0);
  assert.equal(before["lines_skipped_total.unknown_format"], undefined);
  assert.equal(before["pod_events_total"], undefined);
  metrics.add("logs_cut_total");
  metrics.add("lines_skipped_total", 2, { reason: "unknown_format" });
  assert.equal(before["logs_cut_total"], 0);
  assert.equal(metrics.snapshot()["logs_cut_total"], 1);
  assert.equal(metrics.snapshot()["lines_skipped_total.unknown_format"], 2);
  assert.equal(createMetrics("collector").snapshot()["pod_events_total"], 0);
  assert.equal(createMetrics("collector").snapshot()["logs_cut_total"], undefined);
});

Deno.test("the table has the form that the ecosystem reads", () => {
  for (const name of Object.keys(METRICS) as MetricName[]) {
    const { kind, help, labels = {}, buckets } = metricRow(name);
    assert.match(name, /^[a-z]+(?:_[a-z]+)*$/);
    assert.equal(name.endsWith("_total"), kind === "counter", name);
    assert.match(help, /^[A-Z][^\n]+\.$/, name);
    assert.equal(buckets !== undefined, kind === "histogram", name);
    assert.deepEqual(buckets, buckets?.toSorted((a, b) => a - b), name);
    for (const [label, values] of Object.entries(labels)) {
      assert.match(label, /^[a-z][a-z0-9]*(?:_[a-z]+)*$/, name);
      assert.equal(new Set(values).size, values.length, name);
      assert.ok(values.length > 0, name);
    }
  }
});
