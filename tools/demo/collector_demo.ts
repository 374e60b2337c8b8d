/**
 * The demonstration of the collector: a small synthetic cluster, and what a reducer comes to know of it.
 *
 * API server and reducer are fakes on 127.0.0.1; between them the collector works as it always does. After each step
 * the reducer's table is shown, and compared with the cluster: where they do not come to agree, the demonstration
 * fails.
 *
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import { clusterSource, collect } from "../../src/collector/collect.ts";
import { createReducerSink } from "../../src/collector/reducer_sink.ts";
import { createKubeClient } from "../../src/kube/api_client.ts";
import type { KubeConfig } from "../../src/kube/credentials.ts";
import { type FakeCluster, startFakeCluster } from "../../tests/fakes/fake_cluster.ts";
import { expectedPods, knownPods, podDifferences } from "../../tests/fakes/expected_pods.ts";
import { type FakeReducer, startFakeReducer, type TablePod } from "../../tests/fakes/fake_reducer.ts";
import { sampleOwner, samplePod, sampleUid } from "../../tests/fakes/sample_cluster.ts";

/** How the demonstration goes. */
export interface DemoOptions {
  /** Takes text for the terminal. */
  readonly print: (text: string) => void;
  /** Milliseconds between two steps, for the eye. @default {1_200} */
  readonly stepMs?: number;
}

/** How long the reducer may take to know what the cluster has. */
const LIMIT_MS = 60_000;

const OWNER_KINDS: ReadonlyMap<number, string> = new Map([
  [0, "ReplicaSet"],
  [1, "Deployment"],
  [2, "Job"],
  [3, "CronJob"],
  [254, "–"],
]);

interface Stage {
  readonly cluster: FakeCluster;
  reducer: FakeReducer;
}

/** Runs it; gives the exit code. */
export async function demo({ print, stepMs = 1_200 }: DemoOptions): Promise<number> {
  await using cluster = await startFakeCluster();
  const stage: Stage = { cluster, reducer: await startFakeReducer() };
  const stop = new AbortController();
  using client = createKubeClient(configOf(cluster.url));
  const say = (notice: string): void => print(`  ${notice}\n`);
  const ended = collect({
    source: clusterSource({ client, onRetry: say, onSkip: () => say("An object without uid is left out") }),
    sink: createReducerSink({
      host: "127.0.0.1",
      port: stage.reducer.port,
      hostname: "demo",
      version: { major: 0, minor: 11, patch: 0 },
      onRetry: say,
      reconnectMs: 100,
    }),
    deleteTtlMs: Math.min(1_000, stepMs),
    signal: stop.signal,
  });
  try {
    print("A cluster, the collector, and what a reducer knows\n");
    for (const { title, run } of STEPS) {
      print(`\n▸ ${title}\n`);
      await run(stage);
      const differences = await settled(stage);
      print(tableOf(stage.reducer.pods));
      if (differences.length > 0) {
        print(`  Not what the cluster has:\n${differences.map((line) => `    ${line}\n`).join("")}`);
        return 1;
      }
      await sleep(stepMs);
    }
    const { faults, strays } = stage.reducer;
    for (const fault of [...faults, ...strays]) say(`The reducer complains: ${fault}`);
    if (faults.length + strays.length > 0) return 1;
    print("\nAfter each step the reducer knew exactly what the cluster had.\n");
    return 0;
  } finally {
    stop.abort();
    await ended;
    await stage.reducer[Symbol.asyncDispose]();
  }
}

const web = { kind: "ReplicaSet", name: "web-5d8f7c9b6d" };
const nextWeb = { kind: "ReplicaSet", name: "web-7c4b9f5d88" };
const nightly = { kind: "Job", name: "nightly-29384750" };

const STEPS: readonly { readonly title: string; readonly run: (stage: Stage) => void | Promise<void> }[] = [
  {
    title: "A Deployment with two pods, a DaemonSet's pod, and a pod of nobody",
    run: ({ cluster }) => {
      cluster.put("replicasets", sampleOwner("ReplicaSet", web.name, { owner: { kind: "Deployment", name: "web" } }));
      cluster.put("pods", samplePod(`${web.name}-x2k4q`, { owner: web, ip: "10.0.0.4", images: ["shop/web:1.0"] }));
      cluster.put("pods", samplePod(`${web.name}-p8n7c`, { owner: web, ip: "10.0.1.5", images: ["shop/web:1.0"] }));
      const owner = { kind: "DaemonSet", name: "proxy" };
      cluster.put("pods", samplePod("proxy-vv6m2", { namespace: "kube-system", owner, ip: "192.168.1.7" }));
      cluster.put("pods", samplePod("debug", { ip: "10.0.0.9", images: ["tools:7"] }));
    },
  },
  {
    title: "A CronJob's pod comes before its Job is known",
    run: ({ cluster }) => {
      cluster.put(
        "pods",
        samplePod(`${nightly.name}-l5w9z`, { owner: nightly, ip: "10.0.1.8", images: ["shop/report:2"] }),
      );
      cluster.put("jobs", sampleOwner("Job", nightly.name, { owner: { kind: "CronJob", name: "nightly" } }));
    },
  },
  {
    title: "A new version is rolled out: a pod has no address yet, then it has one, and old pods go",
    run: async ({ cluster }) => {
      cluster.put(
        "replicasets",
        sampleOwner("ReplicaSet", nextWeb.name, { owner: { kind: "Deployment", name: "web" } }),
      );
      const pod = { owner: nextWeb, images: ["shop/web:1.1", "mesh:3"] };
      cluster.put("pods", samplePod(`${nextWeb.name}-b7d2f`, pod));
      await sleep(50);
      cluster.put("pods", samplePod(`${nextWeb.name}-b7d2f`, { ...pod, ip: "10.0.0.12" }));
      for (const suffix of ["x2k4q", "p8n7c"]) {
        cluster.remove("pods", sampleUid({ kind: "Pod", name: `${web.name}-${suffix}` }));
      }
    },
  },
  {
    title: "The API server restarts and has forgotten its history; meanwhile the Job's pod has gone",
    run: async ({ cluster }) => {
      await cluster.stop();
      cluster.remove("pods", sampleUid({ kind: "Pod", name: `${nightly.name}-l5w9z` }));
      cluster.forget();
      await cluster.start();
    },
  },
  {
    title: "The reducer restarts and knows nothing; meanwhile a pod has come",
    run: async (stage) => {
      const { port } = stage.reducer;
      await stage.reducer[Symbol.asyncDispose]();
      stage.cluster.put("pods", samplePod(`${nextWeb.name}-q4k8s`, { owner: nextWeb, ip: "10.0.1.13" }));
      stage.reducer = await startFakeReducer({ port });
    },
  },
];

/** What is still different when the reducer knows what the cluster has, or when that takes too long. */
async function settled({ cluster, reducer }: Stage): Promise<readonly string[]> {
  const expected = expectedPods({
    pods: cluster.objects("pods"),
    replicasets: cluster.objects("replicasets"),
    jobs: cluster.objects("jobs"),
  });
  const differences = (): readonly string[] => podDifferences(expected, knownPods(reducer.pods));
  const signal = AbortSignal.timeout(LIMIT_MS);
  try {
    await reducer.until(() => differences().length === 0, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return differences();
}

/** The reducer's table, as text. */
function tableOf(pods: ReadonlyMap<string, TablePod>): string {
  const rows = [...pods.values()].sort((one, other) => one.name < other.name ? -1 : 1).map((pod) => [
    pod.ip,
    `${pod.namespace}/${pod.name}`,
    OWNER_KINDS.get(pod.ownerKind) ?? "other",
    pod.ownerName,
    [...pod.containers.values()].map(({ image }) => image).join(" "),
  ]);
  const all = [["ADDRESS", "POD", "OWNER", "", "IMAGES"], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((row) => (row[column] ?? "").length)));
  return all.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd()}\n`)
    .join("");
}

function configOf(url: string): KubeConfig {
  const nothing = { ca: undefined, serverName: undefined, certificate: undefined, key: undefined };
  const credentials = { ...nothing, verify: true, headers: {} };
  return { source: "the demonstration", server: new URL(url), credentials: () => Promise.resolve(credentials) };
}
