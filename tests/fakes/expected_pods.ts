/**
 * What a reducer must know of a cluster, found out from the API's objects in the plainest way, to compare with.
 *
 * @module
 */
import type { FakeObject } from "./fake_cluster.ts";
import type { TablePod } from "./fake_reducer.ts";

/** All objects of a cluster. */
export interface ClusterObjects {
  /** Pods. */
  readonly pods: readonly FakeObject[];
  /** ReplicaSets. */
  readonly replicasets: readonly FakeObject[];
  /** Jobs. */
  readonly jobs: readonly FakeObject[];
}

// deno-lint-ignore no-explicit-any -- objects of the API, as they come
type Loose = any;

const KIND_NUMBERS: Readonly<Record<string, number>> = { ReplicaSet: 0, Deployment: 1, Job: 2, CronJob: 3 };

/** A pod in one line, to compare and to show: containers and all. */
type PodLine = string;

/** What is to be known of the pods that have an address and whose owners are there, by uid. */
export function expectedPods({ pods, replicasets, jobs }: ClusterObjects): ReadonlyMap<string, PodLine> {
  const lines = new Map<string, PodLine>();
  for (const pod of pods as readonly Loose[]) {
    const ip = pod.status?.podIP ?? "";
    if (ip === "") continue;
    const own = controllerOf(pod);
    let owner = own ?? { kind: "NoOwner", uid: "", name: pod.metadata.name };
    if (own?.kind === "ReplicaSet" || own?.kind === "Job") {
      const found = [...replicasets, ...jobs].find(({ metadata }) => metadata.uid === own.uid);
      if (found === undefined) continue;
      const above = controllerOf(found);
      if (above?.kind === "Deployment" || above?.kind === "CronJob") owner = above;
    }
    const containers = (pod.status.containerStatuses ?? []).map((it: Loose) =>
      `${it.name}=${it.image}@${(it.containerID ?? "").split("://").pop()}`
    );
    lines.set(
      pod.metadata.uid,
      line({
        namespace: pod.metadata.namespace,
        name: pod.metadata.name,
        ip,
        kind: own === undefined ? 254 : KIND_NUMBERS[owner.kind] ?? 255,
        ownerName: owner.name,
        ownerUid: owner.uid,
        containers,
      }),
    );
  }
  return lines;
}

/** What a reducer knows, in the same lines. */
export function knownPods(pods: ReadonlyMap<string, TablePod>): ReadonlyMap<string, PodLine> {
  return new Map([...pods].map(([uid, pod]) => [
    uid,
    line({
      ...pod,
      kind: pod.ownerKind,
      // A container that had not started has no id, and stays in the table when it has one.
      containers: [...pod.containers.values()].map(({ id, name, image }) => `${name}=${image}@${id}`),
    }),
  ]));
}

/** What is different, a line each; containers that a pod had before do not count. */
export function podDifferences(
  expected: ReadonlyMap<string, PodLine>,
  known: ReadonlyMap<string, PodLine>,
): readonly string[] {
  const isKnown = (wanted: PodLine, uid: string): boolean => {
    const [head, containers = ""] = (known.get(uid) ?? "").split(" | ");
    const [wantedHead, wantedContainers = ""] = wanted.split(" | ");
    const have = new Set(containers.split(" "));
    return head === wantedHead && wantedContainers.split(" ").every((container) => have.has(container));
  };
  return [
    ...[...expected].filter(([uid, wanted]) => !isKnown(wanted, uid))
      .map(([uid, wanted]) => `${uid}: wanted ${wanted}, known ${known.get(uid) ?? "not at all"}`),
    ...[...known].filter(([uid]) => !expected.has(uid)).map(([uid, found]) => `${uid}: not wanted, known ${found}`),
  ];
}

interface PodParts {
  readonly namespace: string;
  readonly name: string;
  readonly ip: string;
  readonly kind: number;
  readonly ownerName: string;
  readonly ownerUid: string;
  readonly containers: readonly string[];
}

function line({ namespace, name, ip, kind, ownerName, ownerUid, containers }: PodParts): PodLine {
  return `${namespace}/${name} ${ip} of ${kind} ${ownerName} ${ownerUid} | ${[...containers].sort().join(" ")}`;
}

function controllerOf({ metadata }: Loose): Loose {
  return metadata.ownerReferences?.find((reference: Loose) => reference.controller === true);
}
