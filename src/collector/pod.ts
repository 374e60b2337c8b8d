/**
 * Pods and their owners, as far as anybody asks: the few fields that are kept of each.
 *
 * @module
 */

/** Whom an object belongs to: its owner reference with `controller: true`. */
export interface OwnerReference {
  /** As `ReplicaSet`, `DaemonSet`, `Rollout`. */
  readonly kind: string;
  /** The owner's uid. */
  readonly uid: string;
  /** The owner's name. */
  readonly name: string;
}

/** A container as the kubelet reports it. */
export interface Container {
  /** With the runtime in front, as `containerd://…`; empty until it has started. */
  readonly id: string;
  /** Its name in the pod. */
  readonly name: string;
  /** The image by its name and tag. */
  readonly image: string;
}

/** A pod. */
export interface Pod {
  /** What it is known by. */
  readonly uid: string;
  /** Empty until it has one. */
  readonly ip: string;
  /** Its name. */
  readonly name: string;
  /** Its namespace. */
  readonly namespace: string;
  /** Whom it belongs to, if to anybody. */
  readonly owner: OwnerReference | undefined;
  /** Whether it shares the node's network. */
  readonly hostNetwork: boolean;
  /** The images of its containers, quoted, sorted, with commas: `'a:1','b:2'`. */
  readonly version: string;
  /** Its containers; neither init containers nor ephemeral ones. */
  readonly containers: readonly Container[];
}

/** A ReplicaSet or a Job. */
export interface Owner {
  /** What it is known by. */
  readonly uid: string;
  /** Whom it belongs to itself, if to anybody. */
  readonly controller: OwnerReference | undefined;
}

/** The owner of a pod that belongs to nobody, as it is reported. */
export const NO_OWNER_KIND = "NoOwner";

/** Reports whether two pods are equal. */
export function isSamePod(one: Pod, other: Pod): boolean {
  return one.uid === other.uid && one.ip === other.ip && one.name === other.name &&
    one.namespace === other.namespace && one.hostNetwork === other.hostNetwork && one.version === other.version &&
    isSameReference(one.owner, other.owner) && one.containers.length === other.containers.length &&
    one.containers.every((container, index) => isSameContainer(container, other.containers[index]));
}

/** Reports whether two owners are equal. */
export function isSameOwner(one: Owner, other: Owner): boolean {
  return one.uid === other.uid && isSameReference(one.controller, other.controller);
}

function isSameReference(one: OwnerReference | undefined, other: OwnerReference | undefined): boolean {
  return one === other || (one?.uid === other?.uid && one?.kind === other?.kind && one?.name === other?.name);
}

function isSameContainer(one: Container, other: Container | undefined): boolean {
  return one.id === other?.id && one.name === other.name && one.image === other.image;
}
