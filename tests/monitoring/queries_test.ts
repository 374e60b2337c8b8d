/**
 * The dashboard, the alerts and their tests, against the table of metrics; nothing is run here.
 *
 * @module
 */
import assert from "#assert";
import { parse } from "yaml";
import { exportedName, type MetricName, METRICS } from "../../src/telemetry/metric_table.ts";
import { V8_FLAGS } from "../support/agent_bundle.ts";
import { projectText } from "../support/project.ts";
import { parsePromql, problemsOf } from "./promql.ts";
import { allQueries, asAsked, readAlerts, readDashboard, readRecordings } from "./queries.ts";

const queries = await allQueries();
const alerts = await readAlerts();
const dashboard = await readDashboard();
const recorded = (await readRecordings()).map(({ record }) => record);

Deno.test("each query is PromQL, and asks for metrics, labels and values that there are", () => {
  assert.ok(queries.length > 90, `${queries.length} queries`);
  const problems = queries.flatMap(({ where, expr }) => problemsOf(expr, { recorded }).map((it) => `${where}: ${it}`));
  assert.deepEqual(problems, []);
});

Deno.test("what is chosen at the head of the dashboard are labels that there are", () => {
  for (const { name, definition } of dashboard.templating.list) {
    if (definition === undefined) continue;
    const [, selector = "", label = ""] = /^label_values\((.+), (\w+)\)$/.exec(definition) ?? [];
    assert.equal(label, name);
    assert.deepEqual(problemsOf(`count by (${label}) (${asAsked(selector)})`), [], definition);
  }
});

Deno.test("what is wrong with a query is told", () => {
  assert.match(problemsOf("sum by ( (rate(up[5m])")[0] ?? "", /^no PromQL at /);
  assert.deepEqual(problemsOf("1"), ["asks for no metric"]);
  assert.deepEqual(problemsOf("cluster_agent_stream"), ["no metric cluster_agent_stream"]);
  assert.deepEqual(problemsOf('up{pad="1"}'), ["up has no label pad"]);
  assert.deepEqual(problemsOf('cluster_agent_streams{kind="forwards"}'), [
    'cluster_agent_streams has no kind="forwards"',
  ]);
  assert.deepEqual(problemsOf('cluster_agent_streams{kind=~"follow|watched"}'), [
    'cluster_agent_streams has no kind=~"follow|watched"',
  ]);
  assert.deepEqual(problemsOf("sum by (user) (cluster_agent_streams)"), ["no label user"]);
  assert.deepEqual(problemsOf("cluster_agent_scan_queue_wait_seconds"), [
    "no metric cluster_agent_scan_queue_wait_seconds",
  ]);
  assert.deepEqual(problemsOf('rate(grpc_server_handled_total{grpc_code="Ok"}[5m])'), [
    'grpc_server_handled_total has no grpc_code="Ok"',
  ]);
});

Deno.test("the dashboard shows each metric of the table", () => {
  const shown = new Set(
    queries.slice(0, -alerts.length - recorded.length).flatMap(({ expr }) => parsePromql(expr).selectors)
      .map(({ metric }) => metric.replace(/_bucket$/, "")),
  );
  const names = (Object.keys(METRICS) as MetricName[]).map(exportedName);
  assert.deepEqual(names.filter((name) => !shown.has(name)), []);
});

Deno.test("the dashboard has a fixed uid, its variables, and no data source of its own", () => {
  assert.equal(dashboard.uid, "cluster-agent");
  assert.deepEqual(dashboard.templating.list.map(({ name }) => name), ["datasource", "cluster", "namespace", "node"]);
  const sources = [...JSON.stringify(dashboard).matchAll(/"datasource":(\{[^]*?"\}|"[^"]*")/g)].map(([, it]) => it);
  assert.ok(sources.length > dashboard.panels.length);
  assert.deepEqual([...new Set(sources)], ['{"type":"prometheus","uid":"${datasource}"}']);
  const headings = dashboard.panels.filter(({ type }) => type === "row").map(({ title }) => title);
  assert.deepEqual(headings, [
    "Is it well",
    "Load",
    "Latency",
    "Searches",
    "Follows and rotations",
    "Reviews",
    "Limits",
    "Memory",
    "Collector",
  ]);
});

Deno.test("no two panels lie on one place of the grid", () => {
  const taken = new Map<string, string>();
  for (const { title, gridPos } of dashboard.panels) {
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        assert.equal(taken.get(`${x} ${y}`), undefined, `${title} at ${x}, ${y}`);
        assert.ok(x < 24, title);
        taken.set(`${x} ${y}`, title);
      }
    }
  }
});

Deno.test("each alert has a name of the project, a severity, a time and three texts", () => {
  for (const { alert, labels, annotations, for: time } of alerts) {
    assert.match(alert, /^ClusterAgent[A-Z]/);
    assert.match(labels["severity"] ?? "", /^(?:critical|warning|info)$/, alert);
    assert.match(time, /^(?:5|10|15)m$/, alert);
    assert.deepEqual(Object.keys(annotations), ["summary", "description", "runbook_url"], alert);
  }
  assert.equal(new Set(alerts.map(({ alert }) => alert)).size, alerts.length);
});

Deno.test("each alert has a case in which it fires and one in which it stays silent", async () => {
  const { tests } = parse(await projectText("deploy/monitoring/rules_test.yaml")) as { tests: readonly RuleTest[] };
  for (const { alert } of alerts) {
    const [test, ...others]: readonly RuleTest[] = tests.filter(({ name }) => name === alert);
    if (test === undefined || others.length > 0) throw new Error(`Cannot find the one test of ${alert}`);
    const cases = test.alert_rule_test.filter(({ alertname }) => alertname === alert);
    const fires = cases.filter(({ exp_alerts }) => exp_alerts.length > 0);
    assert.equal(fires.length, 1, alert);
    // A list of expected alerts is compared whole: what node-2 tells stays silent in the same case.
    const isSilentBeside = test.input_series.some(({ series }) => series.includes('node="node-2"')) &&
      fires[0]?.exp_alerts.length === 1;
    assert.ok(isSilentBeside || cases.some(({ exp_alerts }) => exp_alerts.length === 0), alert);
  }
  assert.equal(tests.length, alerts.length);
});

interface RuleTest {
  readonly name: string;
  readonly input_series: readonly { readonly series: string }[];
  readonly alert_rule_test: readonly { readonly alertname: string; readonly exp_alerts: readonly unknown[] }[];
}

Deno.test("the alert about the heap knows its limit", () => {
  const [, limit] = /--max-old-space-size=(\d+)/.exec(V8_FLAGS) ?? [];
  const heap = alerts.find(({ alert }) => alert === "ClusterAgentHeapHigh");
  assert.ok(heap?.expr.endsWith(`> 0.85 * ${limit} * 1024 * 1024`), heap?.expr);
});
