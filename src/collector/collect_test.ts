import assert from "#assert";
import { type FakeCluster, startFakeCluster } from "../../tests/fakes/fake_cluster.ts";
import { sampleOwner, samplePod } from "../../tests/fakes/sample_cluster.ts";
import { createKubeClient } from "../kube/api_client.ts";
import type { KubeConfig } from "../kube/credentials.ts";
import { clusterSource, collect, type CollectOptions } from "./collect.ts";
import { createJsonlSink } from "./jsonl_sink.ts";
import { syntheticSource } from "./synthetic_source.ts";
import type { Sink } from "./sink.ts";

function configOf(cluster: FakeCluster): KubeConfig {
  const nothing = { ca: undefined, serverName: undefined, certificate: undefined, key: undefined };
  const credentials = { ...nothing, verify: true, headers: {} };
  return { source: "test", server: new URL(cluster.url), credentials: () => Promise.resolve(credentials) };
}

interface Lines {
  readonly sink: Sink;
  /** Resolves when a line with that text has come, with all lines so far. */
  until(text: string): Promise<readonly string[]>;
}

function lines(): Lines {
  const all: string[] = [];
  const waiters = new Set<() => void>();
  const sink = createJsonlSink({
    print: (text) => {
      all.push(...text.trimEnd().split("\n"));
      for (const waiter of waiters) waiter();
    },
  });
  return {
    sink,
    until: (text) =>
      new Promise((resolve) => {
        const waiter = (): void => {
          if (!all.some((line) => line.includes(text))) return;
          waiters.delete(waiter);
          resolve(all);
        };
        waiters.add(waiter);
        waiter();
      }),
  };
}

/** Collects until the signal is aborted; nothing floats. */
function collecting(options: Omit<CollectOptions, "signal">): AsyncDisposable {
  const stop = new AbortController();
  const ended = collect({ ...options, signal: stop.signal });
  return {
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await ended;
    },
  };
}

Deno.test("collect tells a cluster's pods as lines of JSON", async () => {
  await using cluster = await startFakeCluster();
  cluster.put("replicasets", sampleOwner("ReplicaSet", "web-1", { owner: { kind: "Deployment", name: "web" } }));
  using client = createKubeClient(configOf(cluster));
  const { sink, until } = lines();
  const source = clusterSource({ client, onRetry: assert.fail, onSkip: assert.fail });
  await using _collecting = collecting({ source, sink, deleteTtlMs: 1 });
  await until('"epoch":2');
  cluster.put("pods", samplePod("web-1-a", { owner: { kind: "ReplicaSet", name: "web-1" }, ip: "10.0.0.4" }));
  await until("PodContainer");
  cluster.remove("pods", "pod-web-1-a");
  assert.deepEqual((await until("PodDelete")).slice(2).map((line) => JSON.parse(line)), [
    {
      ev: "PodNew",
      uid: "pod-web-1-a",
      ip: "10.0.0.4",
      pod_name: "web-1-a",
      ns: "shop",
      version: "'registry.example/app:1'",
      owner_kind: "Deployment",
      owner_uid: "deployment-web",
      owner_name: "web",
      is_host_network: false,
    },
    {
      ev: "PodContainer",
      uid: "pod-web-1-a",
      container: { id: "containerd://web-1-a-0-0", name: "c0", image: "registry.example/app:1" },
    },
    { ev: "PodDelete", uid: "pod-web-1-a" },
  ]);
});

Deno.test("collect carries out deletes when they are due, without another event", async () => {
  const { sink, until } = lines();
  let steps = 0;
  const source = syntheticSource({
    pause: (_ms, { signal }) =>
      ++steps === 1 ? Promise.resolve() : new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
      }),
  });
  await using _collecting = collecting({ source, sink, deleteTtlMs: 5 });
  const told = (await until("PodDelete")).map((line) => JSON.parse(line));
  assert.deepEqual(told.map(({ ev, uid }) => [ev, uid]), [
    ["PodResync", undefined],
    ["PodNew", "POD-UID-0"],
    ["PodDelete", "POD-UID-0"],
  ]);
});

Deno.test("collect sets no timer for longer than timers can be", async () => {
  const { setTimeout: original } = globalThis;
  const delays: number[] = [];
  const set = (callback: () => void, ms = 0): ReturnType<typeof setTimeout> => {
    delays.push(ms);
    return original(callback, Math.min(ms, 2 ** 31 - 1));
  };
  globalThis.setTimeout = Object.assign(set, original);
  try {
    const { sink } = lines();
    const deleted = Promise.withResolvers<void>();
    const source = syntheticSource({
      pause: (_ms, { signal }) => {
        if (delays.length === 0) return Promise.resolve();
        deleted.resolve();
        return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      },
    });
    await using _collecting = collecting({ source, sink, deleteTtlMs: 1e12 });
    await deleted.promise;
  } finally {
    globalThis.setTimeout = original;
  }
  assert.deepEqual(delays, [2 ** 31 - 1]);
});

Deno.test("collect asks only for the metadata of owners, and for pods whole", async () => {
  const accepts = new Map<string, string>();
  const stop = new AbortController();
  const source = clusterSource({
    client: {
      request: () => assert.fail(),
      stream: ({ path, accept = "", signal }) => {
        accepts.set(path.replace(/\?.*/, ""), accept);
        if (accepts.size === 3) stop.abort();
        return signal.aborted
          ? Promise.reject(signal.reason)
          : new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      },
      [Symbol.dispose]: () => {},
    },
    onRetry: assert.fail,
    onSkip: assert.fail,
  });
  await collect({ source, sink: lines().sink, signal: stop.signal });
  const metadata = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";
  assert.deepEqual(
    accepts,
    new Map([
      ["/apis/apps/v1/replicasets", metadata],
      ["/apis/batch/v1/jobs", metadata],
      ["/api/v1/pods", "application/json"],
    ]),
  );
});

Deno.test("collect ends, and fails, when its sink does", async () => {
  const sink: Sink = { write: () => {}, flush: () => {}, run: () => Promise.reject(new RangeError("no room")) };
  await assert.rejects(
    collect({ source: syntheticSource(), sink, signal: new AbortController().signal }),
    { name: "RangeError", message: "no room" },
  );
});
