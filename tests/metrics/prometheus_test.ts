/**
 * The metrics as Prometheus takes them: its checker finds nothing, and the program scrapes them.
 *
 * Debian has both in its package `prometheus`; where they are missing, the tests here are ignored and say so.
 *
 * @module
 */
import assert from "#assert";
import { createMetrics } from "../../src/telemetry/metrics.ts";
import { createMetricsText } from "../../src/telemetry/metrics_text.ts";
import { collectProcessMetrics } from "../../src/telemetry/process_metrics.ts";
import { eventually } from "../support/eventually.ts";
import { startPrometheus } from "../support/prometheus.ts";
import { runAgent } from "../support/running_agent.ts";
import { metricsUrl, parseMetrics, scrape } from "../support/scrape.ts";

/** Whether a program can be run. */
async function isThere(program: string): Promise<boolean> {
  try {
    return (await new Deno.Command(program, { args: ["--version"], stdout: "null", stderr: "null" }).output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

const MISSING = "(ignored: Debian's package prometheus is not there)";
const hasChecker = await isThere("promtool");
const hasPrometheus = await isThere("prometheus");

/** What the checker says of a text. */
async function check(text: string): Promise<{ readonly code: number; readonly said: string }> {
  const child = new Deno.Command("promtool", {
    args: ["check", "metrics"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  return { code, said: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}

for (const program of ["agent", "collector"] as const) {
  Deno.test(`the parser of the tests takes the text of the ${program}, with a series of each counter`, async () => {
    const metrics = createMetrics(program);
    collectProcessMetrics(metrics);
    const { types, series } = parseMetrics(await (await createMetricsText(metrics)).read());
    const named = new Set(series.map(({ name }) => name));
    for (const [name, type] of types) {
      if (type === "counter") assert.ok(named.has(name), name);
      if (type === "histogram") assert.ok(named.has(`${name}_bucket`) && named.has(`${name}_count`), name);
    }
  });

  Deno.test({
    name: `promtool finds nothing in the metrics of the ${program} ${hasChecker ? "" : MISSING}`.trim(),
    ignore: !hasChecker,
    fn: async () => {
      const metrics = createMetrics(program);
      collectProcessMetrics(metrics);
      const text = await (await createMetricsText(metrics)).read();
      assert.deepEqual(await check(text), { code: 0, said: "" });
      assert.notEqual((await check(text.replaceAll("_total", "_count"))).code, 0);
    },
  });
}

Deno.test({
  name: `a Prometheus scrapes the agent, and knows each of its metrics ${hasPrometheus ? "" : MISSING}`.trim(),
  ignore: !hasPrometheus,
  fn: async () => {
    await using running = await runAgent({ settings: { metrics: { addr: "127.0.0.1:0" } } });
    const target = metricsUrl(running.agent.log);
    const log = await running.tree.addCri({ namespace: "shop", pod: "cart", container: "web" });
    await log.append(["one", "two"]);
    using client = running.connect();
    await Array.fromAsync(client.forward({ log }));
    await using prometheus = await startPrometheus({ targets: [{ job: "agent", address: new URL(target).host }] });
    await eventually("the records are known", async () => {
      const [sent] = await prometheus.query("cluster_agent_records_sent_total");
      return sent?.value === 2;
    }, { pauseMs: 200 });
    const [up] = await prometheus.query('up{job="agent"}');
    assert.equal(up?.value, 1);
    const [handled] = await prometheus.query(
      'grpc_server_handled_total{grpc_service="cluster_agent.LogRecordsService",grpc_method="StreamForward",grpc_code="OK"}',
    );
    assert.equal(handled?.value, 1);
    const known = new Set((await prometheus.query('count by (__name__) ({job="agent"})')).map(({ name }) => name));
    const { series } = await scrape(target);
    assert.deepEqual([...new Set(series.map(({ name }) => name))].filter((name) => !known.has(name)), []);
  },
});
