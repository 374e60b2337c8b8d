/**
 * The four events about pods that every sink takes, in order.
 *
 * @module
 */
import type { Container, OwnerReference, Pod } from "./pod.ts";

/** An event. */
export type PodEvent =
  /** All that was reported before is void: the pods that there are follow, as far as their owners are known. */
  | { readonly type: "PodResync"; readonly epoch: number }
  /** A pod that has an address, and its owner, which is a Deployment or CronJob where the pod's own owner has one. */
  | { readonly type: "PodNew"; readonly pod: Pod; readonly owner: OwnerReference }
  /** A container of a pod that was reported. May be repeated. */
  | { readonly type: "PodContainer"; readonly uid: string; readonly container: Container }
  /** A pod that was reported is gone. */
  | { readonly type: "PodDelete"; readonly uid: string };

/** The event as a line of JSON shows it. */
export function eventJson(event: PodEvent): Readonly<Record<string, unknown>> {
  switch (event.type) {
    case "PodResync":
      return { ev: "PodResync", epoch: event.epoch };
    case "PodNew":
      return {
        ev: "PodNew",
        uid: event.pod.uid,
        ip: event.pod.ip,
        pod_name: event.pod.name,
        ns: event.pod.namespace,
        version: event.pod.version,
        owner_kind: event.owner.kind,
        owner_uid: event.owner.uid,
        owner_name: event.owner.name,
        is_host_network: event.pod.hostNetwork,
      };
    case "PodContainer":
      return {
        ev: "PodContainer",
        uid: event.uid,
        container: { id: event.container.id, name: event.container.name, image: event.container.image },
      };
    case "PodDelete":
      return { ev: "PodDelete", uid: event.uid };
  }
}
