/**
 * The collector on a real API server: what a reducer knows is what the API has, at each quiet point.
 *
 * @module
 */
import assert from "#assert";
import { expectedPods, knownPods, podDifferences } from "../fakes/expected_pods.ts";
import type { FakeObject } from "../fakes/fake_cluster.ts";
import { type FakeReducer, startFakeReducer } from "../fakes/fake_reducer.ts";
import { clusterSource, collect } from "../../src/collector/collect.ts";
import { createReducerSink } from "../../src/collector/reducer_sink.ts";
import { createKubeClient, type KubeClient } from "../../src/kube/api_client.ts";
import { loadKubeConfig } from "../../src/kube/config.ts";
import type { KubeConfig } from "../../src/kube/credentials.ts";
import { findKubeFixture, MISSING, startKubeFixture } from "../support/kube_fixture.ts";

const binary = await findKubeFixture();
const signal = AbortSignal.timeout(120_000);
const rbac = "/apis/rbac.authorization.k8s.io/v1";
const core = "/api/v1/namespaces/team/pods";
const sets = "/apis/apps/v1/namespaces/team/replicasets";
const jobs = "/apis/batch/v1/namespaces/team/jobs";

function kubeconfig(path: string): Promise<KubeConfig> {
  return loadKubeConfig({ env: (name) => name === "KUBECONFIG" ? path : undefined, onSkip: assert.fail });
}

type Body = Readonly<Record<string, unknown>>;

/** Asks, and expects one of the answers that mean success. */
async function ask(
  client: KubeClient,
  method: "GET" | "POST" | "PUT" | "DELETE",
  path: string,
  body?: Body,
): Promise<FakeObject> {
  const answer = await client.request({ method, path, ...(body === undefined ? {} : { body }), signal });
  assert(answer.status >= 200 && answer.status < 300, `${method} ${path}: ${answer.status} ${answer.body}`);
  return JSON.parse(answer.body);
}

/** Changes a part of an object, as `kubectl patch` does. */
async function patch(config: KubeConfig, path: string, body: Body): Promise<void> {
  const { ca = "", certificate = "", key = "" } = await config.credentials();
  using client = Deno.createHttpClient({ caCerts: [ca], cert: certificate, key });
  const headers = { "content-type": "application/merge-patch+json" };
  const answer = await fetch(new URL(path, config.server), {
    method: "PATCH",
    headers,
    body: JSON.stringify(body),
    client,
    signal,
  });
  const text = await answer.text();
  assert(answer.ok, `PATCH ${path}: ${answer.status} ${text}`);
}

const container = { name: "c", image: "registry.example/app:1" };

function controlledBy(kind: string, { metadata }: { metadata: Body }): Body {
  const apiVersion = kind === "Job" || kind === "CronJob" ? "batch/v1" : "apps/v1";
  return { apiVersion, kind, name: metadata["name"], uid: metadata["uid"], controller: true };
}

interface Team {
  set(name: string, deployment?: string): Promise<FakeObject>;
  job(name: string, cronJob?: string): Promise<FakeObject>;
  /** A pod that has no address yet. */
  pod(name: string, owner?: Body): Promise<void>;
  /** Gives a pod what a kubelet gives it. */
  run(name: string, ip: string, containerId: string): Promise<void>;
  remove(path: string): Promise<void>;
}

function teamOf(admin: KubeClient): Team {
  const above = (kind: string, name?: string): Body =>
    name === undefined ? {} : { ownerReferences: [controlledBy(kind, { metadata: { name, uid: `uid-of-${name}` } })] };
  const template = { metadata: { labels: { app: "x" } }, spec: { containers: [container] } };
  return {
    set: (name, deployment) =>
      ask(admin, "POST", sets, {
        metadata: { name, ...above("Deployment", deployment) },
        spec: { replicas: 1, selector: { matchLabels: { app: "x" } }, template },
      }),
    job: (name, cronJob) =>
      ask(admin, "POST", jobs, {
        metadata: { name, ...above("CronJob", cronJob) },
        spec: { template: { spec: { restartPolicy: "Never", containers: [container] } } },
      }),
    pod: async (name, owner) => {
      const metadata = { name, ...(owner === undefined ? {} : { ownerReferences: [owner] }) };
      await ask(admin, "POST", core, {
        metadata,
        spec: { containers: [container], automountServiceAccountToken: false },
      });
    },
    run: async (name, ip, id) => {
      const pod = await ask(admin, "GET", `${core}/${name}`);
      const status = {
        phase: "Running",
        podIP: ip,
        podIPs: [{ ip }],
        containerStatuses: [{
          ...container,
          imageID: "",
          ready: true,
          restartCount: 0,
          containerID: `containerd://${id}`,
        }],
      };
      await ask(admin, "PUT", `${core}/${name}/status`, { ...pod, status });
    },
    remove: async (path) => {
      await ask(admin, "DELETE", path, { gracePeriodSeconds: 0, propagationPolicy: "Background" });
    },
  };
}

async function makeCollectorUser(admin: KubeClient): Promise<void> {
  const verbs = ["get", "list", "watch"];
  await ask(admin, "POST", `${rbac}/clusterroles`, {
    metadata: { name: "collector" },
    rules: [
      { apiGroups: [""], resources: ["pods"], verbs },
      { apiGroups: ["apps"], resources: ["replicasets"], verbs },
      { apiGroups: ["batch"], resources: ["jobs"], verbs },
    ],
  });
  const apiGroup = "rbac.authorization.k8s.io";
  await ask(admin, "POST", `${rbac}/clusterrolebindings`, {
    metadata: { name: "collector" },
    roleRef: { apiGroup, kind: "ClusterRole", name: "collector" },
    subjects: [{ apiGroup, kind: "User", name: "collector" }],
  });
}

/** Waits until the reducer knows what the API has. */
async function untilEqual(admin: KubeClient, reducer: FakeReducer, what: string): Promise<void> {
  const objects = async (path: string): Promise<readonly FakeObject[]> => {
    const list = await ask(admin, "GET", path) as unknown as { items: readonly FakeObject[] };
    return list.items;
  };
  const expected = expectedPods({
    pods: await objects("/api/v1/pods"),
    replicasets: await objects("/apis/apps/v1/replicasets"),
    jobs: await objects("/apis/batch/v1/jobs"),
  });
  const differences = (): readonly string[] => podDifferences(expected, knownPods(reducer.pods));
  try {
    await reducer.until(() => differences().length === 0);
  } catch (error) {
    throw new Error(`${what}: ${differences().join("\n")}`, { cause: error });
  }
}

Deno.test({
  name: `what a reducer knows is what a real API server has ${binary === undefined ? MISSING : ""}`.trim(),
  ignore: binary === undefined,
  fn: async (t) => {
    await using fixture = await startKubeFixture(binary ?? "");
    const adminConfig = await kubeconfig(fixture.adminKubeconfig);
    using admin = createKubeClient(adminConfig);
    await ask(admin, "POST", "/api/v1/namespaces", { metadata: { name: "team" } });
    await makeCollectorUser(admin);
    const team = teamOf(admin);
    let reducer = await startFakeReducer();
    using client = createKubeClient(await kubeconfig(await fixture.kubeconfigFor("collector")));
    const notices: string[] = [];
    const stop = new AbortController();

    // Before the collector starts: found by listing.
    const listed = await team.set("listed-1", "listed");
    await team.pod("listed-1-a", controlledBy("ReplicaSet", listed));
    await team.run("listed-1-a", "10.0.0.1", "aa");

    const ended = collect({
      source: clusterSource({ client, onRetry: (notice) => notices.push(notice), onSkip: () => assert.fail() }),
      sink: createReducerSink({
        host: "127.0.0.1",
        port: reducer.port,
        hostname: "collector",
        version: { major: 0, minor: 11, patch: 0 },
        onRetry: (notice) => notices.push(notice),
        flushMs: 5,
        reconnectMs: 20,
      }),
      deleteTtlMs: 200,
      signal: stop.signal,
    });
    try {
      await t.step("what was there is listed", async () => {
        await untilEqual(admin, reducer, "listed");
        assert.equal(reducer.pods.size, 1);
      });

      await t.step("pods of every kind of owner come, with and without an address", async () => {
        const set = await team.set("web-1", "web");
        const bare = await team.set("bare");
        const job = await team.job("nightly-1", "nightly");
        const once = await team.job("once");
        await team.pod("web-1-a", controlledBy("ReplicaSet", set));
        await team.pod("bare-a", controlledBy("ReplicaSet", bare));
        await team.pod("nightly-1-a", controlledBy("Job", job));
        await team.pod("once-a", controlledBy("Job", once));
        await team.pod("daemon-a", controlledBy("DaemonSet", { metadata: { name: "daemon", uid: "uid-of-daemon" } }));
        await team.pod("alone");
        await team.pod("pending");
        const names = ["web-1-a", "bare-a", "nightly-1-a", "once-a", "daemon-a", "alone"];
        for (const [index, name] of names.entries()) await team.run(name, `10.0.1.${index}`, `b${index}`);
        await untilEqual(admin, reducer, "created");
        assert.equal(reducer.pods.size, 7);
      });

      await t.step("a pod's container starts again, a pod gets its address, pods and a set are deleted", async () => {
        await team.run("alone", "10.0.1.5", "c5");
        await team.run("pending", "10.0.2.1", "c6");
        await team.remove(`${core}/bare-a`);
        await team.remove(`${core}/web-1-a`);
        await team.remove(`${sets}/web-1`);
        await untilEqual(admin, reducer, "changed");
        assert.equal(reducer.pods.size, 6);
      });

      await t.step("a set and a job are patched to belong to somebody, and then their pods are told so", async () => {
        const owners = [
          [sets, "ReplicaSet", await team.set("adopted-1"), "Deployment"],
          [jobs, "Job", await team.job("adopted-1"), "CronJob"],
        ] as const;
        for (const [path, kind, owner, above] of owners) {
          await team.pod(`adopted-${kind.toLowerCase()}`, controlledBy(kind, owner));
          const reference = controlledBy(above, { metadata: { name: "adopter", uid: `uid-of-${above}-adopter` } });
          await patch(adminConfig, `${path}/adopted-1`, { metadata: { ownerReferences: [reference] } });
        }
        // What comes later in the same watch: when it is known, so is what was patched.
        const markers = [["ReplicaSet", await team.set("marker")], ["Job", await team.job("marker")]] as const;
        for (const [index, [kind, marker]] of markers.entries()) {
          await team.pod(`marker-${kind.toLowerCase()}`, controlledBy(kind, marker));
          await team.run(`marker-${kind.toLowerCase()}`, `10.0.4.${index}`, `e${index}`);
        }
        await untilEqual(admin, reducer, "marked");
        for (const [index, [, kind]] of owners.entries()) {
          const ip = `10.0.5.${index}`;
          await patch(adminConfig, `${core}/adopted-${kind.toLowerCase()}/status`, {
            status: { phase: "Running", podIP: ip, podIPs: [{ ip }] },
          });
        }
        await untilEqual(admin, reducer, "patched");
        const told = [...reducer.pods.values()].filter(({ name }) => name.startsWith("adopted-"));
        assert.deepEqual(
          told.map(({ name, ownerName, ownerKind }) => [name, ownerName, ownerKind]).sort(),
          [["adopted-job", "adopter", 3], ["adopted-replicaset", "adopter", 1]],
        );
      });

      await t.step("a job and its pod are deleted", async () => {
        await team.remove(`${core}/adopted-job`);
        await team.remove(`${jobs}/adopted-1`);
        await untilEqual(admin, reducer, "job deleted");
        assert(![...reducer.pods.values()].some(({ name }) => name === "adopted-job"));
      });

      await t.step("the reducer is killed and restarted", async () => {
        const { port } = reducer;
        await reducer[Symbol.asyncDispose]();
        await team.remove(`${core}/alone`);
        reducer = await startFakeReducer({ port });
        await untilEqual(admin, reducer, "reducer restarted");
      });

      await t.step("the API server is killed and restarted, and forgets the versions from before", async () => {
        // The version goes on without a word to our watches; a restarted server's cache begins behind that.
        await ask(admin, "POST", "/api/v1/namespaces/team/configmaps", { metadata: { name: "unrelated" } });
        await fixture.kill();
        await fixture.restart();
        const after = await team.set("after-1", "after");
        await team.pod("after-1-a", controlledBy("ReplicaSet", after));
        await team.run("after-1-a", "10.0.3.1", "d1");
        await team.remove(`${core}/daemon-a`);
        await untilEqual(admin, reducer, "API server restarted");
        for (const kind of ["/api/v1/pods", "/apis/apps/v1/replicasets", "/apis/batch/v1/jobs"]) {
          const forgotten = `Cannot watch ${kind}: the API server answered 410: too old resource version`;
          assert(notices.some((notice) => notice.startsWith(forgotten)), notices.join("\n"));
        }
      });

      assert.deepEqual([reducer.faults, reducer.strays], [[], []]);
    } finally {
      stop.abort();
      await ended;
      await reducer[Symbol.asyncDispose]();
    }
  },
});
