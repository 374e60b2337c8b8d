/**
 * Events as the messages of the reducer's intake.
 *
 * @module
 */
import { isIPv4 } from "node:net";
import type { PodEvent } from "./pod_event.ts";
import type { MessageWriter } from "./wire/encode.ts";

/** The numbers of the kinds of owners that have one. */
const OWNER_KINDS: ReadonlyMap<string, number> = new Map([
  ["ReplicaSet", 0],
  ["Deployment", 1],
  ["Job", 2],
  ["CronJob", 3],
  ["NoOwner", 254],
]);

/** All others: DaemonSet, StatefulSet, Node, and what operators make. */
const OTHER_KIND = 255;

/** Writes an event as one message. */
export function writeEvent(writer: MessageWriter, event: PodEvent): void {
  switch (event.type) {
    case "PodResync":
      return writer.write("pod_resync", { resync_count: BigInt(event.epoch) });
    case "PodNew": {
      const { pod, owner } = event;
      return writer.write("pod_new_with_name", {
        ip: ipNumber(pod.ip),
        uid: pod.uid,
        owner_name: owner.name,
        pod_name: pod.name,
        owner_uid: owner.uid,
        ns: pod.namespace,
        owner_kind: OWNER_KINDS.get(owner.kind) ?? OTHER_KIND,
        is_host_network: pod.hostNetwork ? 1 : 0,
        version: pod.version,
      });
    }
    case "PodContainer":
      return writer.write("pod_container", {
        uid: event.uid,
        container_id: event.container.id,
        container_name: event.container.name,
        container_image: event.container.image,
      });
    case "PodDelete":
      return writer.write("pod_delete", { uid: event.uid });
  }
}

/** The number whose little-endian bytes are an IPv4 address in network order; 0 for any other address. */
export function ipNumber(ip: string): number {
  if (!isIPv4(ip)) return 0;
  return ip.split(".").reduceRight((number, part) => number * 256 + Number(part), 0);
}
