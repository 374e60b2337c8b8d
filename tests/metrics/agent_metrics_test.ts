/**
 * The agent's plain-HTTP address: what a scrape tells after each kind of call, and when the agent is ready.
 *
 * @module
 */
import assert from "#assert";
import { VERSION } from "../../src/telemetry/version.ts";
import { services } from "../../src/rpc/descriptor.ts";
import { AgentStartError } from "../support/agent_process.ts";
import type { AgentCallError } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { connect } from "../support/grpc_client.ts";
import { runAgent, type RunAgentOptions, type RunningAgent } from "../support/running_agent.ts";
import { untilScanWorkers } from "../support/scan_worker_threads.ts";
import { metricsUrl, probe, type Scrape, scrape } from "../support/scrape.ts";

const WITH_METRICS = { settings: { metrics: { addr: "127.0.0.1:0" } } };
const CART = { namespace: "shop", pod: "cart", container: "web" };

/** An agent with the address, and what reads it. */
async function runWithMetrics(options: RunAgentOptions = {}): Promise<{
  readonly running: RunningAgent;
  readonly url: string;
  readonly read: () => Promise<Scrape>;
}> {
  const running = await runAgent({ ...WITH_METRICS, ...options });
  const url = metricsUrl(running.agent.log);
  return { running, url, read: () => scrape(url) };
}

/** Reads until it is so: a text may be a second old. */
async function untilTold(read: () => Promise<Scrape>, what: string, isTold: (it: Scrape) => boolean): Promise<Scrape> {
  let last: Scrape | undefined;
  await eventually(what, async () => isTold(last = await read()), { pauseMs: 100 });
  return last ?? assert.fail("nothing was read");
}

Deno.test("the metrics tell what an agent has read and sent, and how its calls ended", async () => {
  const { running, read } = await runWithMetrics();
  await using _running = running;
  const log = await running.tree.addCri(CART);
  await log.append(["one", "two", "three"]);
  await log.append(new TextEncoder().encode("no line of a runtime\n"));
  using client = running.connect();
  const bytes = (await Deno.stat(log.path)).size;
  assert.equal((await Array.fromAsync(client.forward({ log }))).length, 3);
  assert.equal((await Array.fromAsync(client.backward({ log }))).length, 3);
  assert.equal((await client.list(["shop"])).length, 1);
  await client.health();
  const missing = { ...log, pod: "other" };
  await assert.rejects(Array.fromAsync(client.forward({ log: missing })), { code: "NOT_FOUND" } as AgentCallError);

  const told = await untilTold(read, "all calls have ended", (it) => it.sum("grpc_server_handled_total") === 5);
  const forward = { grpc_service: "cluster_agent.LogRecordsService", grpc_method: "StreamForward" };
  const backward = { ...forward, grpc_method: "StreamBackward" };
  assert.equal(told.sum("grpc_server_started_total", { ...forward, grpc_type: "server_stream" }), 2);
  assert.equal(told.sum("grpc_server_handled_total", { ...forward, grpc_code: "OK" }), 1);
  assert.equal(told.sum("grpc_server_handled_total", { ...forward, grpc_code: "NotFound" }), 1);
  assert.equal(told.sum("grpc_server_handled_total", { ...backward, grpc_code: "OK" }), 1);
  assert.equal(told.sum("grpc_server_handled_total", { grpc_method: "List", grpc_code: "OK", grpc_type: "unary" }), 1);
  assert.equal(told.sum("grpc_server_handled_total", { grpc_service: "grpc.health.v1.Health", grpc_code: "OK" }), 1);
  assert.equal(told.sum("grpc_server_msg_received_total"), 5);
  assert.equal(told.sum("grpc_server_msg_sent_total", forward), 3);
  assert.equal(told.sum("grpc_server_msg_sent_total", backward), 3);
  assert.equal(told.sum("grpc_server_handling_seconds_count", forward), 2);
  assert.ok(told.sum("grpc_server_handling_seconds_sum", forward) > 0);
  assert.equal(told.sum("cluster_agent_records_sent_total"), 6);
  assert.ok(told.sum("cluster_agent_sent_bytes_total") > 6 * 20);
  assert.equal(told.sum("cluster_agent_scanned_bytes_total", { direction: "forward" }), bytes);
  assert.equal(told.sum("cluster_agent_scanned_bytes_total", { direction: "backward" }), bytes);
  assert.equal(told.sum("cluster_agent_lines_skipped_total", { reason: "unknown_format" }), 2);
  assert.equal(told.sum("cluster_agent_build_info", { version: VERSION, deno_version: Deno.version.deno }), 1);
  assert.equal(told.sum("cluster_agent_reviews_total", { result: "allowed" }), running.reviews.reviews.length);
  assert.equal(told.sum("cluster_agent_review_cache_hits_total") + running.reviews.reviews.length, 4);
  assert.equal(told.sum("cluster_agent_open_files"), 0);
  assert.ok(told.sum("process_resident_memory_bytes") > 30e6);
  assert.ok(told.sum("process_cpu_seconds_total") > 0.1);
  const startedMs = 1_000 * told.sum("process_start_time_seconds");
  assert.ok(startedMs < Date.now() && startedMs > Date.now() - 600_000);
  await untilTold(read, "a tick was measured", (it) => it.sum("cluster_agent_event_loop_lag_seconds_count") > 0);
});

Deno.test("the metrics tell of follows while they go on: files, watched folders, rotations, records", async () => {
  const { running, read } = await runWithMetrics();
  await using _running = running;
  const log = await running.tree.addCri(CART);
  await log.append(["one"]);
  using client = running.connect();
  const records = client.forward({ log, followFrom: "DEFAULT" });
  assert.equal((await records.next()).value?.message, "one");
  const open = await untilTold(read, "a folder is watched", (it) => it.sum("cluster_agent_watches") > 0);
  assert.ok(open.sum("cluster_agent_open_files") >= 1);
  assert.equal(open.sum("grpc_server_msg_sent_total", { grpc_method: "StreamForward" }), 1);
  assert.equal(open.sum("grpc_server_handled_total", { grpc_method: "StreamForward" }), 0);
  await log.rotate();
  await log.append(["two"]);
  assert.equal((await records.next()).value?.message, "two");
  await untilTold(read, "the rotation is told", (it) => it.sum("cluster_agent_log_rotations_total") === 1);
  await records.return();
  const canceled = { grpc_method: "StreamForward", grpc_code: "Canceled" };
  const ended = await untilTold(read, "its end is told", (it) => it.sum("grpc_server_handled_total", canceled) === 1);
  assert.equal(ended.sum("grpc_server_msg_sent_total", { grpc_method: "StreamForward" }), 2);
  await untilTold(
    read,
    "nothing is open",
    (it) => it.sum("cluster_agent_open_files") + it.sum("cluster_agent_watches") === 0,
  );
});

Deno.test("the metrics tell the memory of each thread that works", async () => {
  const { running, read } = await runWithMetrics();
  await using _running = running;
  const log = await running.tree.addCri(CART);
  await log.append([...Array<string>(30_000).fill("x".repeat(800)), "the needle"]);
  using client = running.connect();
  const main = (await read()).sum("cluster_agent_memory_bytes", { worker: "main", area: "heap_held" });
  assert.ok(main > 1e6);
  const search = (): Promise<unknown> => Array.fromAsync(client.forward({ log, grep: "(?i)needle" }));
  await untilScanWorkers(running.agent.pid, search);
  // Workers that are not ready yet leave a search to the main thread.
  await eventually("a worker's memory is told", async () => {
    await search();
    return (await read()).sum("cluster_agent_memory_bytes", { worker: "scan_a" }) > 0;
  }, { pauseMs: 100 });
  const told = await read();
  const used = told.sum("cluster_agent_memory_bytes", { worker: "scan_a", area: "heap_used" });
  const held = told.sum("cluster_agent_memory_bytes", { worker: "scan_a", area: "heap_held" });
  assert.ok(used > 100_000 && used <= held);
});

Deno.test("a hostile caller makes no series: 1,000 made-up methods, namespaces, users and patterns", async () => {
  const { running, read } = await runWithMetrics({ decide: ({ user }) => user === "tester" });
  await using _running = running;
  const keys = ({ series }: Scrape): string[] => series.map(({ name, labels }) => `${name} ${JSON.stringify(labels)}`);
  // Series that come with time come first.
  const before = keys(await read());
  using client = connect({ port: running.agent.port, ca: running.authority.certPem, leaf: running.leaf });
  const { Check } = services.health;
  for (let first = 0; first < 1_000; first += 50) {
    await Promise.all(Array.from({ length: 50 }, async (_, index) => {
      const name = `made-up-${first + index}`;
      await client.unary({ ...Check, path: `/${name}.Service/Method${first}` } as typeof Check, { service: name });
      await client.unary(services.logMetadata.List, { namespaces: [name] }, { metadata: [["x-remote-user", name]] });
      await client.unary(Check, { service: name });
    }));
  }
  const after = await untilTold(read, "all calls have ended", (it) => it.sum("grpc_server_handled_total") === 2_000);
  const isNew = new Set(before);
  assert.deepEqual(keys(after).filter((key) => !isNew.has(key)), []);
  assert.doesNotMatch(after.text, /made-up/);
});

Deno.test("an agent is ready when it serves, has reached the API server and can read the log folder; not as it ends", async () => {
  const review = Promise.withResolvers<boolean>();
  const asked = Promise.withResolvers<void>();
  const { running, url } = await runWithMetrics({
    decide: () => {
      asked.resolve();
      return review.promise;
    },
  });
  await using _running = running;
  await eventually("the agent is ready", async () => (await probe(url, "/readyz")).status === 200, { pauseMs: 50 });
  assert.deepEqual(running.reviews.reviews, [], "it has put no review");
  await Deno.rename(running.tree.containersDir, `${running.tree.containersDir}-gone`);
  const notReady = async (body: string): Promise<void> =>
    await eventually(body, async () => {
      const told = await probe(url, "/readyz");
      return told.status === 503 && told.body === body;
    }, { pauseMs: 50 });
  await notReady("cannot read the log folder: NotFound\n");
  assert.deepEqual(await probe(url, "/livez"), { status: 200, body: "ok\n" });
  await Deno.rename(`${running.tree.containersDir}-gone`, running.tree.containersDir);
  await eventually("the agent is ready again", async () => (await probe(url, "/readyz")).status === 200, {
    pauseMs: 50,
  });

  // A call that shutdown waits for keeps it draining.
  using client = running.connect();
  const listed = client.list(["shop"]);
  await asked.promise;
  const ended = running.agent.terminate();
  await notReady("is shutting down\n");
  assert.equal((await probe(url, "/livez")).status, 200);
  review.resolve(Boolean(1));
  await listed;
  assert.equal(await ended, 0);
});

Deno.test("an agent that cannot have the address of its metrics does not start, and says which", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr;
  const started = runAgent({ settings: { metrics: { addr: `127.0.0.1:${port}` } } });
  await assert.rejects(started, (error: unknown) => {
    if (!(error instanceof AgentStartError)) throw error;
    assert.match(error.message, /exit code 1/);
    const [said = "", ...others] = error.log.filter((line) => line.startsWith("Error: "));
    assert.ok(said.startsWith(`Error: Cannot open the address of metrics "127.0.0.1:${port}": `), said);
    assert.deepEqual(others, []);
    return true;
  });
});

Deno.test("without the setting there is no address", async () => {
  await using running = await runAgent();
  assert.deepEqual(running.agent.log.filter((line) => line.includes("metrics")), []);
});
