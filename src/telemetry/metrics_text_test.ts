import assert from "#assert";
import { createMetrics } from "./metrics.ts";
import { createMetricsText } from "./metrics_text.ts";

/** The lines of one metric. */
function linesOf(text: string, name: string): string[] {
  return text.split("\n").filter((line) =>
    line.startsWith(`${name}{`) || line.startsWith(`${name} `) || line.includes(` ${name} `)
  );
}

Deno.test("a counter has its help, its type and each of its series, from the start", async () => {
  const metrics = createMetrics();
  const text = await createMetricsText(metrics);
  metrics.collect("scanned_bytes_total", () => 1_024, { direction: "backward" });
  assert.deepEqual(linesOf(await text.read(), "cluster_agent_scanned_bytes_total"), [
    "# HELP cluster_agent_scanned_bytes_total Bytes of logs that were searched, of compressed ones those of their content.",
    "# TYPE cluster_agent_scanned_bytes_total counter",
    'cluster_agent_scanned_bytes_total{direction="forward"} 0',
    'cluster_agent_scanned_bytes_total{direction="backward"} 1024',
  ]);
});

Deno.test("a gauge that was never set has no series", async () => {
  const metrics = createMetrics();
  const text = await createMetricsText(metrics);
  const told = async (): Promise<string[]> => linesOf(await text.read(), "cluster_agent_watches").slice(2);
  assert.deepEqual(await told(), []);
  metrics.set("watches", 3);
  assert.deepEqual(await told(), ["cluster_agent_watches 3"]);
});

Deno.test("a histogram of calls has its buckets, sum and count, by the labels that the ecosystem has", async () => {
  const metrics = createMetrics();
  const text = await createMetricsText(metrics);
  const labels = { grpc_method: "unary/grpc.health.v1.Health/Check" } as const;
  metrics.observe("grpc_server_handling_seconds", 0.02, labels);
  metrics.observe("grpc_server_handling_seconds", 20, labels);
  const lines = (await text.read()).split("\n").filter((line) =>
    line.startsWith("grpc_server_handling_seconds") && line.includes("Check")
  );
  const series = 'grpc_type="unary",grpc_service="grpc.health.v1.Health",grpc_method="Check"';
  assert.equal(lines.length, 14);
  assert.equal(lines[1], `grpc_server_handling_seconds_bucket{${series},le="0.01"} 0`);
  assert.equal(lines[2], `grpc_server_handling_seconds_bucket{${series},le="0.025"} 1`);
  assert.equal(lines[10], `grpc_server_handling_seconds_bucket{${series},le="10"} 1`);
  assert.equal(lines[11], `grpc_server_handling_seconds_bucket{${series},le="+Inf"} 2`);
  assert.equal(lines[12], `grpc_server_handling_seconds_sum{${series}} 20.02`);
  assert.equal(lines[13], `grpc_server_handling_seconds_count{${series}} 2`);
});

Deno.test("each program tells its own metrics, with those of any process", async () => {
  const told = async (program: "agent" | "collector"): Promise<string[]> => {
    const text = await (await createMetricsText(createMetrics(program))).read();
    return [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name = ""]) => name);
  };
  const [agent, collector] = [await told("agent"), await told("collector")];
  const both = agent.filter((name) => collector.includes(name));
  assert.ok(both.includes("process_resident_memory_bytes") && both.includes("cluster_agent_build_info"));
  assert.ok(agent.includes("grpc_server_handled_total") && !collector.includes("grpc_server_handled_total"));
  assert.ok(collector.includes("cluster_agent_pod_events_total") && !agent.includes("cluster_agent_pod_events_total"));
});

Deno.test("what cannot be read fails the whole text", async () => {
  const metrics = createMetrics();
  const text = await createMetricsText(metrics);
  metrics.collect("watches", () => {
    throw new TypeError("Cannot count");
  });
  await assert.rejects(text.read(), /Cannot count/);
});
