/**
 * The bundled agent and the bundled collector under a load of everything that the dashboard shows, and a Prometheus
 * that scrapes both.
 *
 * @module
 */
import { setTimeout as pause } from "node:timers/promises";
import { permissionSet } from "../../tools/compile/permissions.ts";
import { PROGRAMS } from "../../tools/compile/programs.ts";
import { issue } from "../fakes/certificates.ts";
import { type FakeCluster, startFakeCluster } from "../fakes/fake_cluster.ts";
import { startFakeReducer } from "../fakes/fake_reducer.ts";
import type { ContainerLog } from "../fakes/log_tree.ts";
import { bundleAgent, engineFlags, imageCommand, MALLOC, permissionFlags } from "../support/agent_bundle.ts";
import { AgentCallError, type AgentClient } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { connect, type GrpcClient } from "../support/grpc_client.ts";
import { watchBriefly } from "../support/every_call.ts";
import { projectFolder } from "../support/project.ts";
import { type Prometheus, startPrometheus } from "../support/prometheus.ts";
import { runAgent, type RunningAgent } from "../support/running_agent.ts";
import { metricsUrl } from "../support/scrape.ts";
import { shakeHands } from "../support/tls_client.ts";

/** The programs under load. */
export interface LoadedPrograms extends AsyncDisposable {
  /** What scrapes them. */
  readonly prometheus: Prometheus;
  /** What the agent has printed. */
  readonly log: readonly string[];
  /** Puts a round of the load, which takes about a second; `number` counts from 0. */
  round(number: number): Promise<void>;
}

/** Connections of one address that the agent takes, and a round in which there are twice as many. */
const MAX_CONNECTIONS = 30;
const CROWDED_ROUND = 2;

/** A round in which the certificate becomes one that cannot be used, and one in which it is whole again. */
const SPOILT_ROUND = 0;
const MENDED_ROUND = 12;

/** Starts all of them. */
export async function startLoadedPrograms({ prometheusPath }: { readonly prometheusPath: string }): Promise<
  LoadedPrograms
> {
  await using stack = new AsyncDisposableStack();
  const bundle = stack.use(await bundleAgent());
  const running = stack.use(
    await runAgent({
      settings: { metrics: { addr: "127.0.0.1:0" }, limits: { "connections-per-peer": MAX_CONNECTIONS } },
      env: MALLOC,
      command: (dir) => imageCommand(bundle.file, [dir]),
      decide: ({ user, namespace }) => {
        if (namespace === "broken") throw new Error("etcd is away");
        return user === "tester";
      },
    }),
  );
  const cluster = stack.use(await startFakeCluster({ fault: cutOnce() }));
  const collector = stack.use(await startCollector(bundle.collector, cluster));
  const load = stack.use(await startLoad(running));
  const prometheus = stack.use(
    await startPrometheus({
      path: prometheusPath,
      ruleFiles: [new URL("deploy/monitoring/rules.yaml", projectFolder).pathname],
      targets: [
        { job: "cluster-agent", address: new URL(metricsUrl(running.agent.log)).host, labels: labels("node-1") },
        { job: "cluster-collector", address: new URL(collector.url).host, labels: labels("node-2") },
      ],
    }),
  );
  // What is counted before the first scrape is no increase.
  await eventually("both are scraped", async () => {
    const up = await prometheus.query("up");
    return up.length === 2 && up.every(({ value }) => value === 1);
  }, { pauseMs: 200 });
  const made = stack.move();
  return {
    prometheus,
    log: running.agent.log,
    round: async (number) => {
      const metadata = { name: `pod-${number}`, namespace: "shop", uid: number % 5 === 4 ? "" : `u${number}` };
      cluster.put("pods", { metadata, spec: { containers: [] }, status: { podIP: `10.0.1.${number % 250}` } });
      await Promise.all([load.round(number), pause(1_000)]);
    },
    [Symbol.asyncDispose]: () => made.disposeAsync(),
  };
}

function labels(node: string): Readonly<Record<string, string>> {
  return { cluster: "test", namespace: "kubetail", node };
}

/** The first list of pods is cut off. */
function cutOnce(): (path: string) => "cut" | undefined {
  let isCut = Boolean(0);
  return (path) => {
    if (!path.includes("/pods") || isCut) return undefined;
    isCut = Boolean(1);
    return "cut";
  };
}

/** Starts the collector as its image does. */
async function startCollector(
  file: string,
  { url }: FakeCluster,
): Promise<AsyncDisposable & { readonly url: string }> {
  await using stack = new AsyncDisposableStack();
  const reducer = stack.use(await startFakeReducer());
  const dir = await Deno.makeTempDir({ prefix: "collector-" });
  stack.defer(() => Deno.remove(dir, { recursive: true }));
  const kubeconfig = {
    "current-context": "it",
    contexts: [{ name: "it", context: { cluster: "it", user: "it" } }],
    clusters: [{ name: "it", cluster: { server: url, "insecure-skip-tls-verify": Boolean(1) } }],
    users: [{ name: "it", user: {} }],
  };
  await Deno.writeTextFile(`${dir}/kubeconfig`, JSON.stringify(kubeconfig));
  const set = permissionSet("collector");
  const { v8Flags, env } = PROGRAMS.collector;
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      ...engineFlags(v8Flags.join()),
      ...permissionFlags({ ...set, read: [...set.read, dir] }),
      file,
      "--metrics-addr=127.0.0.1:0",
    ],
    env: {
      ...env,
      KUBECONFIG: `${dir}/kubeconfig`,
      EBPF_NET_INTAKE_HOST: "127.0.0.1",
      EBPF_NET_INTAKE_PORT: `${reducer.port}`,
    },
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const log: string[] = [];
  let rest = "";
  const read = child.stderr.pipeThrough(new TextDecoderStream()).pipeTo(
    new WritableStream({
      write: (piece) => {
        const lines = (rest + piece).split("\n");
        rest = lines.pop() ?? "";
        log.push(...lines);
      },
    }),
  );
  let hasEnded = Boolean(0);
  const ended = Promise.all([child.status, read]).then(() => void (hasEnded = Boolean(1)));
  stack.defer(async () => {
    if (!hasEnded) child.kill("SIGKILL");
    await ended;
  });
  await eventually("the collector tells its address", () => {
    if (hasEnded) throw new Error(`Cannot run the collector: ${log.join("\n")}`);
    return log.some((line) => line.includes("Serving metrics"));
  }, { pauseMs: 50 });
  const made = stack.move();
  return { url: metricsUrl(log), [Symbol.asyncDispose]: () => made.disposeAsync() };
}

/** The callers of the agent. */
interface Load extends AsyncDisposable {
  round(number: number): Promise<void>;
}

/** Makes the logs, opens the follows. */
async function startLoad(running: RunningAgent): Promise<Load> {
  await using stack = new AsyncDisposableStack();
  const { tree } = running;
  const add = (pod: string): Promise<ContainerLog> => tree.addCri({ namespace: "shop", pod, container: "web" });
  const [big, damaged, ...followed] = await Promise.all(["big", "damaged", "cart", "orders", "stock"].map(add));
  if (big === undefined || damaged === undefined) throw new TypeError("Cannot make the logs");
  await big.append([...Array<string>(30_000).fill("x".repeat(800)), "the needle"]);
  await damaged.append(["one", "two"]);
  await Deno.writeTextFile(`${damaged.path}.20240301-050741.gz`, "this is no gzip");
  for (const digit of "0123") {
    await Deno.symlink("/nowhere/0.log", `${tree.containersDir}/gone_shop_web-${digit.repeat(64)}.log`);
  }
  const client = stack.use(running.connect());
  const watching = stack.use(
    connect({ port: running.agent.port, ca: running.authority.certPem, leaf: running.leaf }),
  );
  const ending = new AbortController();
  const follows = followed.map((log) => follow(client, { log, signal: ending.signal }));
  stack.defer(async () => {
    ending.abort();
    await Promise.all(follows);
  });
  const made = stack.move();
  return {
    round: (number) => round({ running, client, watching, big, damaged, followed, number }),
    [Symbol.asyncDispose]: () => made.disposeAsync(),
  };
}

/** Follows a log until the signal; what is cut before it is read ends a follow, and it begins again. */
async function follow(
  client: AgentClient,
  { log, signal }: { readonly log: ContainerLog; readonly signal: AbortSignal },
): Promise<void> {
  while (!signal.aborted) await outcomeOf(Array.fromAsync(client.forward({ log, followFrom: "END" }, { signal })));
}

interface Round {
  readonly running: RunningAgent;
  readonly client: AgentClient;
  readonly watching: GrpcClient;
  readonly big: ContainerLog;
  readonly damaged: ContainerLog;
  readonly followed: readonly ContainerLog[];
  readonly number: number;
}

/** One of everything. */
async function round({ running, client, watching, big, damaged, followed, number }: Round): Promise<void> {
  const { agent, authority, tree } = running;
  for (const log of followed) await log.append([`line ${number}`, `another ${number}`]);
  await followed[0]?.append(new TextEncoder().encode("no line of a runtime\n"));
  if (number % 3 === 2) { for (const log of followed.slice(0, 2)) await log.rotate(); }
  const [, , cut] = followed;
  if (number % 5 === 4 && cut !== undefined) {
    // More than can be sent until it is cut: the follow ends with DATA_LOSS.
    await cut.append(Array<string>(40_000).fill("y".repeat(800)));
    await Deno.truncate(cut.path);
  }
  const logs = await client.list(["shop"]);
  const missing = { ...big, pod: "no-such-pod" };
  const nobody = client.as({});
  const mallory = client.as({ user: "mallory" });
  // The agent tries such a review again for seconds; nothing waits for it.
  if (number % 4 === 0) void outcomeOf(client.list(["broken"]));
  const outcomes = await Promise.all([
    client.health(),
    outcomeOf(Array.fromAsync(client.forward({ log: big, grep: "(?i)NEEDLE" }))),
    outcomeOf(Array.fromAsync(client.backward({ log: big, grep: "needle" }))),
    outcomeOf(Array.fromAsync(client.forward({ log: damaged }))),
    outcomeOf(Array.fromAsync(client.forward({ log: missing }))),
    outcomeOf(Array.fromAsync(client.forward({ log: big, grep: "x".repeat(300_000) }))),
    // A decision is remembered: each round asks for one that is not.
    outcomeOf(client.list([`namespace-${number}`])),
    outcomeOf(mallory.list(["shop"])),
    outcomeOf(nobody.list(["shop"])),
    watchBriefly(watching, "tester"),
    shakeHands(agent.port, { ca: authority.certPem }),
  ]);
  if (number === CROWDED_ROUND) await crowd(agent.port);
  const dir = tree.containersDir.slice(0, -"/var/log/containers".length);
  if (number === SPOILT_ROUND) await Deno.writeTextFile(`${dir}/tls.crt`, "no certificate");
  if (number === MENDED_ROUND) {
    const leaf = await issue(authority, { commonName: "agent", names: ["localhost", "127.0.0.1"], usages: ["server"] });
    await Promise.all([
      Deno.writeTextFile(`${dir}/tls.crt`, leaf.certPem),
      Deno.writeTextFile(`${dir}/tls.key`, leaf.keyPem),
    ]);
  }
  if (logs.length < 5) throw new Error(`Cannot list the logs: ${logs.length} of them, ${JSON.stringify(outcomes)}`);
}

/** Opens twice as many connections as one address may have, and closes them. */
async function crowd(port: number): Promise<void> {
  const all = await Promise.all(
    Array.from({ length: 2 * MAX_CONNECTIONS }, () => Deno.connect({ hostname: "127.0.0.1", port })),
  );
  for (const connection of all) connection.close();
}

/** The status of a call. */
async function outcomeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return "OK";
  } catch (error) {
    if (error instanceof AgentCallError) return error.code;
    if (error instanceof DOMException && error.name === "AbortError") return "CANCELLED";
    throw error;
  }
}
