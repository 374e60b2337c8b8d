import assert from "#assert";
import { startFakeCluster } from "../fakes/fake_cluster.ts";
import { type RelayPod, startFakeRelay } from "../fakes/fake_relay.ts";
import { sampleOwner, samplePod } from "../fakes/sample_cluster.ts";
import { clusterSource, collect } from "../../src/collector/collect.ts";
import { createRelaySink } from "../../src/collector/relay/relay_sink.ts";
import { createKubeClient } from "../../src/kube/api_client.ts";
import { createRelayClient } from "../../src/collector/relay/relay_client.ts";

function described(pods: ReadonlyMap<string, RelayPod>): readonly string[] {
  return [...pods.values()].map(({ namespace, name, ip, owner, containers }) =>
    `${namespace}/${name} ${ip} of ${owner}: ${containers.join(" ")}`
  ).sort();
}

Deno.test("a relay of the earlier system tells the pods that there are, whatever breaks", async (t) => {
  await using cluster = await startFakeCluster();
  const set = { kind: "ReplicaSet", name: "web-1" };
  cluster.put("replicasets", sampleOwner("ReplicaSet", "web-1", { owner: { kind: "Deployment", name: "web" } }));
  cluster.put("replicasets", sampleOwner("ReplicaSet", "bare"));
  cluster.put("jobs", sampleOwner("Job", "once"));
  cluster.put("pods", samplePod("web-1-a", { owner: set, ip: "10.0.0.1", images: ["a:1", "b:1"] }));
  cluster.put("pods", samplePod("bare-a", { owner: { kind: "ReplicaSet", name: "bare" }, ip: "10.0.0.2" }));
  cluster.put("pods", samplePod("bare-b", { owner: { kind: "ReplicaSet", name: "bare" }, ip: "10.0.0.3" }));
  cluster.put("pods", samplePod("once-a", { owner: { kind: "Job", name: "once" }, ip: "10.0.0.4" }));
  cluster.put("pods", samplePod("alone", { ip: "10.0.0.5" }));
  const expected = [
    "shop/alone 10.0.0.5 of nobody alone: containerd://alone-0-0",
    "shop/bare-a 10.0.0.2 of ReplicaSet bare: containerd://bare-a-0-0",
    "shop/bare-b 10.0.0.3 of ReplicaSet bare: containerd://bare-b-0-0",
    "shop/once-a 10.0.0.4 of Job once: containerd://once-a-0-0",
    "shop/web-1-a 10.0.0.1 of Deployment web: containerd://web-1-a-0-0 containerd://web-1-a-1-0",
  ];
  let relay = await startFakeRelay();
  const { port } = relay;
  const address = `127.0.0.1:${port}`;
  const nothing = { ca: undefined, serverName: undefined, certificate: undefined, key: undefined };
  const credentials = () => Promise.resolve({ ...nothing, verify: true, headers: {} });
  using client = createKubeClient({ source: "test", server: new URL(cluster.url), credentials });
  const notices: string[] = [];
  const onRetry = (notice: string): void => void notices.push(notice);
  const stop = new AbortController();
  const ended = collect({
    source: clusterSource({ client, onRetry, onSkip: assert.fail }),
    sink: createRelaySink({ client: createRelayClient({ address }), address, onRetry, reconnectMs: 10 }),
    deleteTtlMs: 1,
    signal: stop.signal,
  });
  const untilAll = async (pods: readonly string[]): Promise<void> => {
    await relay.until((it) => JSON.stringify(described(it.pods)) === JSON.stringify(pods));
    assert.equal(relay.waiting, 0);
  };
  try {
    await t.step("all is told, owners before pods", () => untilAll(expected));

    await t.step("changes and deletes follow", async () => {
      cluster.put("pods", samplePod("alone", { ip: "10.0.0.5", restarts: 1 }));
      const both = "containerd://alone-0-0 containerd://alone-0-1";
      await untilAll([`shop/alone 10.0.0.5 of nobody alone: ${both}`, ...expected.slice(1)]);
      cluster.remove("pods", "pod-alone");
      await untilAll(expected.slice(1));
    });

    for (const how of ["answer", "error"] as const) {
      await t.step(`all is told again on a new stream after an ${how}`, async () => {
        const { streams } = relay;
        relay.breakOff(how);
        await relay.until((it) => it.streams > streams);
        await untilAll(expected.slice(1));
      });
    }

    await t.step("all is told on a new stream when pods are listed anew", async () => {
      const { streams } = relay;
      await cluster.stop();
      cluster.remove("pods", "pod-bare-b");
      cluster.forget();
      await cluster.start();
      await relay.until((it) => it.streams > streams);
      await untilAll([expected[1] ?? "", ...expected.slice(3)]);
    });

    await t.step("all is told again to a relay that was restarted", async () => {
      await relay[Symbol.asyncDispose]();
      cluster.remove("pods", "pod-bare-a");
      relay = await startFakeRelay({ port });
      await untilAll(expected.slice(3));
    });

    const wanted = `Cannot reach relay at ${address}: it wants to be told everything again`;
    assert(notices.includes(wanted), notices.join("\n"));
  } finally {
    stop.abort();
    await ended;
    await relay[Symbol.asyncDispose]();
  }
});
