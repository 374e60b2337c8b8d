import assert from "#assert";
import { collect, type Source } from "../../src/collector/collect.ts";
import { writeEvent } from "../../src/collector/intake.ts";
import { eventJson, type PodEvent } from "../../src/collector/pod_event.ts";
import { createObjectReader, WANTED_PARTS } from "../../src/collector/read_objects.ts";
import { createRelaySink } from "../../src/collector/relay/relay_sink.ts";
import type { Sink } from "../../src/collector/sink.ts";
import { createMessageWriter } from "../../src/collector/wire/encode.ts";
import type { KubeClient, KubeRequest } from "../../src/kube/api_client.ts";
import { listWatch } from "../../src/kube/list_watch.ts";
import { collectMethod } from "../../src/collector/relay/relay_client.ts";
import { createRandom, type Random } from "../support/random.ts";

const LIMIT_MS = 60_000;
const SEEDS = Number(Deno.env.get("SEEDS") ?? 300);

/** A pod as an API server of 1.31 shows it, without what it only repeats. */
function pod(name: string, resourceVersion: string): unknown {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      generateName: "web-6d4cf56db6-",
      namespace: "shop",
      uid: `uid-${name}`,
      resourceVersion,
      creationTimestamp: "2026-01-02T03:04:05Z",
      labels: { app: "web", "pod-template-hash": "6d4cf56db6" },
      annotations: { "kubernetes.io/config.source": "api" },
      ownerReferences: [
        {
          apiVersion: "apps/v1",
          kind: "ReplicaSet",
          name: "web-6d4cf56db6",
          uid: "rs-1",
          controller: true,
          blockOwnerDeletion: true,
        },
        { apiVersion: "example.org/v1", kind: "App", name: "web", uid: "app-1" },
      ],
      managedFields: [{ manager: "kubelet", operation: "Update", fieldsV1: { "f:status": { "f:podIP": {} } } }],
    },
    spec: {
      containers: [{ name: "web", image: "registry.example/web:1", ports: [{ containerPort: 80, protocol: "TCP" }] }],
      hostNetwork: false,
      nodeName: "node-1",
      tolerations: [{ key: "node.kubernetes.io/not-ready", operator: "Exists", tolerationSeconds: 300 }],
    },
    status: {
      phase: "Running",
      podIP: "10.0.0.7",
      podIPs: [{ ip: "10.0.0.7" }, { ip: "fd00::7" }],
      containerStatuses: [
        {
          name: "web",
          state: { running: { startedAt: "2026-01-02T03:04:06Z" } },
          lastState: {},
          ready: true,
          restartCount: 0,
          image: "registry.example/web:1",
          imageID: "registry.example/web@sha256:00",
          containerID: "containerd://00",
          started: true,
        },
      ],
    },
  };
}

function replicaSet(resourceVersion: string): unknown {
  const controller = { apiVersion: "apps/v1", kind: "Deployment", name: "web", uid: "d-1", controller: true };
  return { metadata: { name: "web-6d4cf56db6", uid: "rs-1", resourceVersion, ownerReferences: [controller] } };
}

/** In place of this text stands a value that is nested too deeply for anything that calls itself. */
const DEEP = "@deep@";

const ODD: readonly unknown[] = [
  ...[null, 0, 42, -1, 1e308, true, false, "", "text", "410", "\ud800", "x".repeat(200_000), DEEP],
  ...[[], [null], [[]], [{}], ["text"], {}, { a: {} }, { toString: 1 }, { message: { toString: null } }],
];

/** JSON text of `value`, with something odd at a few places. */
function oddText(random: Random, value: unknown): string {
  const root = { value: structuredClone(value) };
  for (let times = 1 + random.int(2); times > 0; times--) mutate(random, root, random.int(7));
  const text = JSON.stringify(root.value).replaceAll(`"${DEEP}"`, `${"[".repeat(20_000)}${"]".repeat(20_000)}`);
  return random.oneIn(12) ? text.slice(0, random.int(text.length)) : text;
}

/** Goes down at random, at most so many steps, and changes something there. */
function mutate(random: Random, parent: Record<string, unknown>, steps: number): void {
  const keys = Object.keys(parent);
  if (keys.length === 0) return;
  const key = random.pick(keys);
  const value = parent[key];
  if (steps > 0 && typeof value === "object" && value !== null && Object.keys(value).length > 0) {
    return mutate(random, value as Record<string, unknown>, steps - 1);
  }
  if (key !== "value" && random.oneIn(6)) delete parent[key];
  else parent[key] = structuredClone(random.pick(ODD));
}

/** An API server whose first lists and watches are odd, and whose later ones are as they should be. */
function oddServer(random: Random): Pick<KubeClient, "stream"> {
  const asked = new Map<string, number>();
  return {
    stream: (request: KubeRequest) => {
      request.signal.throwIfAborted();
      const url = new URL(request.path, "http://x");
      const kind = url.pathname.split("/").pop() ?? "";
      const isWatch = url.searchParams.has("watch");
      const count = (asked.get(`${kind} ${isWatch}`) ?? 0) + 1;
      asked.set(`${kind} ${isWatch}`, count);
      assert(count < 50, `asked ${count} times for ${request.path}`);
      const isOdd = count <= 2;
      const texts = isWatch ? watched(kind, isOdd) : [listed(kind, isOdd)];
      return Promise.resolve({
        status: isOdd && random.oneIn(10) ? random.pick([410, 429, 500]) : 200,
        chunks: chunks(texts, { isEndless: isWatch && !isOdd, signal: request.signal }),
        [Symbol.dispose]: () => {},
      });
    },
  };

  function listed(kind: string, isOdd: boolean): string {
    const items = kind === "pods" ? [pod("one", "3"), pod("two", "4")] : kind === "jobs" ? [] : [replicaSet("2")];
    const list = { kind: "List", apiVersion: "v1", metadata: { resourceVersion: "5" }, items };
    return isOdd ? oddText(random, list) : JSON.stringify(list);
  }

  function watched(kind: string, isOdd: boolean): readonly string[] {
    const event = (type: string, version: string): unknown =>
      type === "ERROR"
        ? { type, object: { kind: "Status", code: 410, message: "too old resource version" } }
        : { type, object: kind === "pods" ? pod("one", version) : replicaSet(version) };
    if (!isOdd) {
      const object = kind === "pods" ? pod("last", "99") : replicaSet("99");
      return kind === "jobs" ? [] : [`${JSON.stringify({ type: "ADDED", object })}\n`];
    }
    const types = ["ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"];
    return Array.from({ length: 4 }, (_, index) => `${oddText(random, event(random.pick(types), `${10 + index}`))}\n`);
  }
}

async function* chunks(
  texts: readonly string[],
  { isEndless, signal }: { readonly isEndless: boolean; readonly signal: AbortSignal },
): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield new TextEncoder().encode(text);
  signal.throwIfAborted();
  if (isEndless) await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
}

/** A sink that puts every event into all forms that there are, and tells it. */
function everySink(onEvent: (event: PodEvent) => void): Sink {
  const writer = createMessageWriter();
  const relay = createRelaySink({
    client: {
      connect: () =>
        Promise.resolve({
          open: () => ({
            send: (info) => void collectMethod.requestSerialize(info),
            waitingBytes: 0,
            end: () => {},
            ended: new Promise(() => {}),
          }),
          [Symbol.dispose]: () => {},
        }),
    },
    address: "relay",
    onRetry: assert.fail,
  });
  return {
    ...relay,
    write: (event) => {
      JSON.stringify(eventJson(event));
      writeEvent(writer, event);
      writer.take();
      relay.write(event);
      onEvent(event);
    },
  };
}

/** Collects from an odd server until the pod `last` is told; returns how many objects were left out. */
async function collectOddly(random: Random): Promise<number> {
  const client = oddServer(random);
  const stop = new AbortController();
  let skipped = 0;
  const onSkip = (): void => void skipped++;
  const read = createObjectReader({ onSkip });
  const source: Source = async (listener, { signal }) => {
    const common = { client, signal, onSkip, onRetry: () => {}, pause: () => Promise.resolve(), pageSize: 500 };
    const owners = async (kind: "replicasets" | "jobs", path: string): Promise<void> => {
      for await (const event of listWatch({ ...common, path, pick: read.owner, wanted: WANTED_PARTS })) {
        listener.owner(kind, event);
      }
    };
    const pods = async (): Promise<void> => {
      for await (const event of listWatch({ ...common, path: "/api/v1/pods", pick: read.pod, wanted: WANTED_PARTS })) {
        listener.pod(event);
      }
    };
    await Promise.all([owners("replicasets", "/apis/replicasets"), owners("jobs", "/apis/jobs"), pods()]);
  };
  const sink = everySink((event) => {
    if (event.type === "PodNew" && event.pod.uid === "uid-last") stop.abort();
  });
  const limit = AbortSignal.timeout(LIMIT_MS);
  await collect({ source, sink, signal: AbortSignal.any([stop.signal, limit]) });
  assert(!limit.aborted, `the last pod was not told within ${LIMIT_MS} ms`);
  return skipped;
}

Deno.test(`the collector goes on after any JSON in lists and watches, ${SEEDS} times`, async () => {
  let skipped = 0;
  for (let seed = 1; seed <= SEEDS; seed++) {
    try {
      skipped += await collectOddly(createRandom(seed));
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error });
    }
  }
  assert(skipped > SEEDS / 4, `only ${skipped} objects were left out`);
});
