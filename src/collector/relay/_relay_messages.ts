// deno-lint-ignore-file camelcase -- the names of the relay's contract
/**
 * Changes of pods as the relay's messages.
 *
 * @module
 */
import type { Container, OwnerReference, Pod } from "../pod.ts";

/** What is told about one pod at once: that it is there, with its containers; containers; or that it is gone. */
export type PodChange =
  | {
    readonly event: "ADDED";
    readonly pod: Pod;
    readonly owner: OwnerReference;
    readonly containers: readonly Container[];
    /** Whether the relay knows an earlier pod of that uid, which is gone. @default {false} */
    readonly isAgain?: boolean;
    /** Whether the containers have changed since the pod was put here, so that the pod is an earlier version. @default {false} */
    readonly isChanged?: boolean;
  }
  | { readonly event: "MODIFIED"; readonly uid: string; readonly containers: readonly Container[] }
  | { readonly event: "DELETED"; readonly uid: string };

/** Something that is told: the relay's message `Info`. */
export interface Info {
  /** Of what. */
  readonly type: "K8S_REPLICASET" | "K8S_POD" | "K8S_JOB";
  /** What happened. */
  readonly event: "ADDED" | "MODIFIED" | "DELETED";
  /** The pod. */
  readonly pod_info?: PodInfo;
  /** The ReplicaSet. */
  readonly rs_info?: { readonly uid: string };
  /** The Job. */
  readonly job_info?: { readonly uid: string };
}

/** A pod, or what is new about it. */
export interface PodInfo {
  /** As the contract has it. */
  readonly uid: string;
  /** As the contract has it. */
  readonly ip?: string;
  /** As the contract has it. */
  readonly owner?: { readonly uid: string; readonly name: string; readonly kind: string };
  /** As the contract has it. */
  readonly ns?: string;
  /** As the contract has it. */
  readonly is_host_network?: boolean;
  /** As the contract has it. */
  readonly name?: string;
  /** As the contract has it. */
  readonly version?: string;
  /** As the contract has it. */
  readonly container_infos?: readonly Container[];
}

/** The messages that tell a change. `told` are the owners that the stream knows, and those it then knows are put there. */
export function messagesOf(change: PodChange, told: Set<string>): readonly Info[] {
  if (change.event === "DELETED") return [deletion(change.uid)];
  const { event, containers } = change;
  if (event === "MODIFIED") {
    return [{ type: "K8S_POD", event, pod_info: { uid: change.uid, container_infos: containers } }];
  }
  const { pod, owner } = change;
  const info: Info = {
    type: "K8S_POD",
    event,
    pod_info: {
      uid: pod.uid,
      ip: pod.ip,
      ns: pod.namespace,
      is_host_network: pod.hostNetwork,
      name: pod.name,
      version: pod.version,
      ...(pod.owner === undefined ? {} : { owner }),
      container_infos: containers,
    },
  };
  const infos = change.isAgain ? [deletion(pod.uid), info] : [info];
  if ((owner.kind !== "ReplicaSet" && owner.kind !== "Job") || told.has(owner.uid)) return infos;
  told.add(owner.uid);
  const { uid } = owner;
  return [
    owner.kind === "Job"
      ? { type: "K8S_JOB", event: "ADDED", job_info: { uid } }
      : { type: "K8S_REPLICASET", event: "ADDED", rs_info: { uid } },
    ...infos,
  ];
}

function deletion(uid: string): Info {
  return { type: "K8S_POD", event: "DELETED", pod_info: { uid } };
}
