/**
 * The collector's plain-HTTP address: what a scrape tells, and when the collector is ready.
 *
 * @module
 */
import assert from "#assert";
import { startFakeCluster } from "../fakes/fake_cluster.ts";
import { startFakeReducer } from "../fakes/fake_reducer.ts";
import { eventually } from "../support/eventually.ts";
import { metricsUrl, probe, scrape } from "../support/scrape.ts";

const MAIN = new URL("../../main.ts", import.meta.url).pathname;

/** A collector that runs. */
interface Collecting extends AsyncDisposable {
  /** What it has logged. */
  readonly log: readonly string[];
  /** How it ended. */
  readonly ended: Promise<Deno.CommandStatus>;
  /** Resolves to the address when it is told. */
  url(): Promise<string>;
  /** Closes its log, to which it then cannot write. */
  closeLog(): Promise<void>;
  /** Sends a signal. */
  signal(name: Deno.Signal): void;
}

function collect(words: readonly string[], env: Readonly<Record<string, string>> = {}): Collecting {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "--allow-read", "--allow-net", "--allow-env", MAIN, "collect", ...words],
    clearEnv: true,
    env: { HOSTNAME: "host", ...env },
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const log: string[] = [];
  const reader = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
  const read = (async (): Promise<void> => {
    let rest = "";
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      const lines = (rest + piece.value).split("\n");
      rest = lines.pop() ?? "";
      log.push(...lines);
    }
    if (rest !== "") log.push(rest);
  })();
  const ended = Promise.all([child.status, read]).then(([status]) => status);
  return {
    log,
    ended,
    url: async () => {
      await eventually("the address is told", () => log.some((line) => line.includes("Serving metrics")));
      return metricsUrl(log);
    },
    closeLog: () => reader.cancel(),
    signal: (name) => child.kill(name),
    [Symbol.asyncDispose]: async () => {
      try {
        child.kill("SIGKILL");
      } catch (error) {
        // It has ended by itself.
        if (!(error instanceof TypeError)) throw error;
      }
      await ended;
    },
  };
}

function kubeconfigFor(server: string): string {
  return JSON.stringify({
    "current-context": "it",
    contexts: [{ name: "it", context: { cluster: "it", user: "it" } }],
    clusters: [{ name: "it", cluster: { server, "insecure-skip-tls-verify": Boolean(1) } }],
    users: [{ name: "it", user: {} }],
  });
}

Deno.test("the collector tells what it has read and sent, and is ready when it has reached the API server", async () => {
  let isUp = Boolean(0);
  let isCut = Boolean(0);
  await using cluster = await startFakeCluster({
    fault: (path) => {
      if (path.startsWith("/version")) return { status: isUp ? 200 : 503, body: "{}" };
      if (!path.includes("/pods") || isCut) return undefined;
      isCut = Boolean(1);
      return "cut";
    },
  });
  const metadata = { name: "web", namespace: "shop", uid: "u1", resourceVersion: "1" };
  cluster.put("pods", { metadata, spec: { containers: [] }, status: { podIP: "10.0.0.1" } });
  cluster.put("pods", { metadata: { name: "odd", namespace: "shop", uid: "" }, spec: {}, status: {} });
  await using reducer = await startFakeReducer();
  const file = await Deno.makeTempFile({ prefix: "kubeconfig-" });
  await Deno.writeTextFile(file, kubeconfigFor(cluster.url));
  await using collecting = collect(["--metrics-addr=127.0.0.1:0"], {
    KUBECONFIG: file,
    EBPF_NET_INTAKE_HOST: "127.0.0.1",
    EBPF_NET_INTAKE_PORT: String(reducer.port),
  });
  const url = await collecting.url();
  await eventually("it collects, and waits for the API server", async () => {
    const { status, body } = await probe(url, "/readyz");
    return status === 503 && body === "has not reached the API server yet\n";
  }, { pauseMs: 50 });
  isUp = Boolean(1);
  await eventually("it is ready", async () => (await probe(url, "/readyz")).status === 200, { pauseMs: 100 });
  await eventually("the pod is told", async () => (await scrape(url)).sum("cluster_agent_pod_events_total") > 0, {
    pauseMs: 200,
  });
  const told = await scrape(url);
  assert.equal(told.sum("cluster_agent_objects", { kind: "pods" }), 1);
  assert.ok(told.sum("cluster_agent_objects_skipped_total") >= 1);
  assert.ok(told.sum("cluster_agent_kube_troubles_total") >= 1);
  assert.equal(told.sum("cluster_agent_sink_connections_total"), 1);
  assert.equal(told.sum("cluster_agent_sink_overflows_total"), 0);
  assert.equal(told.sum("cluster_agent_messages_cut_total"), 0);
  assert.equal(told.sum("cluster_agent_build_info"), 1);
  assert.ok(told.sum("process_resident_memory_bytes") > 30e6);
  assert.equal((await probe(url, "/livez")).status, 200);
  collecting.signal("SIGTERM");
  assert.equal((await collecting.ended).code, 0);
  await Deno.remove(file);
});

Deno.test("lines of the log that nobody takes are told in the metrics", async () => {
  await using collecting = collect(["--local-test", "--metrics-addr=127.0.0.1:0"]);
  const url = await collecting.url();
  await eventually("synthetic pods need no API server", async () => (await probe(url, "/readyz")).status === 200, {
    pauseMs: 50,
  });
  assert.equal((await scrape(url)).sum("cluster_agent_log_lines_lost_total"), 0);
  await collecting.closeLog();
  await eventually("a line is lost", async () => {
    // It logs that it does nothing on that one. The first line may come before the pipe is closed.
    collecting.signal("SIGHUP");
    return (await scrape(url)).sum("cluster_agent_log_lines_lost_total") > 0;
  }, { pauseMs: 100 });
});

Deno.test("a collector that cannot have the address of its metrics ends and says so, without a stack", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr;
  await using collecting = collect(["--local-test", `--metrics-addr=127.0.0.1:${port}`]);
  assert.equal((await collecting.ended).code, 1);
  const said = collecting.log.filter((line) => !line.startsWith("{") && line !== "");
  assert.equal(said.length, 1, said.join("\n"));
  assert.ok(said[0]?.startsWith(`Error: Cannot open the address of metrics "127.0.0.1:${port}": `), said[0]);
});
