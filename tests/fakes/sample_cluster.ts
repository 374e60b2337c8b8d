/**
 * A small shop as the API shows it: its objects, made with few words, for the demonstration and for tests.
 *
 * @module
 */
import type { FakeObject } from "./fake_cluster.ts";

/** Whom an object belongs to. */
export interface SampleOwner {
  /** As `Deployment`. */
  readonly kind: string;
  /** Its name; its uid is made from kind and name. */
  readonly name: string;
}

/** What a sample is. */
export interface SampleOptions {
  /** Whom it belongs to, if to anybody. */
  readonly owner?: SampleOwner;
  /** Its namespace. @default {"shop"} */
  readonly namespace?: string;
}

/** What a sample pod is. */
export interface SamplePodOptions extends SampleOptions {
  /** Its address; none: it has none yet, and its containers have not started. */
  readonly ip?: string;
  /** The images of its containers. @default {["registry.example/app:1"]} */
  readonly images?: readonly string[];
  /** How often its containers have started. @default {0} */
  readonly restarts?: number;
}

/** The uid of an object of that kind and name. */
export function sampleUid({ kind, name }: SampleOwner): string {
  return `${kind.toLowerCase()}-${name}`;
}

/** A ReplicaSet or a Job. */
export function sampleOwner(kind: "ReplicaSet" | "Job", name: string, options: SampleOptions = {}): FakeObject {
  return { metadata: metadataOf({ kind, name }, options) };
}

/** A pod. */
export function samplePod(name: string, options: SamplePodOptions = {}): FakeObject {
  const { ip, images = ["registry.example/app:1"], restarts = 0 } = options;
  return {
    metadata: metadataOf({ kind: "Pod", name }, options),
    spec: {},
    status: {
      ...(ip === undefined ? {} : { podIP: ip }),
      containerStatuses: images.map((image, index) => ({
        name: `c${index}`,
        image,
        ...(ip === undefined ? {} : { containerID: `containerd://${name}-${index}-${restarts}` }),
      })),
    },
  };
}

function metadataOf(self: SampleOwner, { owner, namespace = "shop" }: SampleOptions): FakeObject["metadata"] {
  return {
    uid: sampleUid(self),
    name: self.name,
    namespace,
    ...(owner === undefined ? {} : { ownerReferences: [{ ...owner, uid: sampleUid(owner), controller: true }] }),
  };
}
