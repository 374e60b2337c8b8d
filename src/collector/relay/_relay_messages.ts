// deno-lint-ignore-file camelcase -- the names of the relay's contract
/**
 * Changes of pods as the relay's messages.
 *
 * @module
 */
import type { Container, OwnerReference, Pod } from "../pod.ts";
import type { RelayInfo } from "./relay_client.ts";

/** A change of one pod: it is there, with its containers; its containers have changed; or it is gone. */
export type PodChange =
  | {
    readonly event: "ADDED";
    readonly pod: Pod;
    readonly owner: OwnerReference;
    readonly containers: readonly Container[];
    /** Whether the relay knows an earlier pod of that uid, which is gone. @default {false} */
    readonly isAgain?: boolean;
    /**
     * Whether the containers have changed since the pod was put here, so that the pod is an earlier version.
     * @default {false}
     */
    readonly isChanged?: boolean;
  }
  | { readonly event: "MODIFIED"; readonly uid: string; readonly containers: readonly Container[] }
  | { readonly event: "DELETED"; readonly uid: string };

/** Returns the messages for a change. Owners that the stream does not know yet come first, and join `knownOwners`. */
export function messagesOf(change: PodChange, knownOwners: Set<string>): readonly RelayInfo[] {
  if (change.event === "DELETED") return [deletion(change.uid)];
  const { event, containers } = change;
  if (event === "MODIFIED") {
    return [{ type: "K8S_POD", event, pod_info: { uid: change.uid, container_infos: containers } }];
  }
  const { pod, owner } = change;
  const info: RelayInfo = {
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
  if ((owner.kind !== "ReplicaSet" && owner.kind !== "Job") || knownOwners.has(owner.uid)) return infos;
  knownOwners.add(owner.uid);
  const { uid } = owner;
  return [
    owner.kind === "Job"
      ? { type: "K8S_JOB", event: "ADDED", job_info: { uid } }
      : { type: "K8S_REPLICASET", event: "ADDED", rs_info: { uid } },
    ...infos,
  ];
}

function deletion(uid: string): RelayInfo {
  return { type: "K8S_POD", event: "DELETED", pod_info: { uid } };
}
