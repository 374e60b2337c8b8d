/**
 * From the API's objects to the few fields that are kept.
 *
 * Texts that many pods share – namespaces, images, owners – are kept once: a cluster of 100,000 pods has to fit. An object
 * without a uid is left out, and told; it could neither be found again nor be deleted.
 *
 * @module
 */
import type { Container, Owner, OwnerReference, Pod } from "./pod.ts";

/** How objects are read. */
export interface ReadObjectsOptions {
  /** Is told of each object that is left out. */
  readonly onSkip: () => void;
  /** How many shared texts are remembered before all are forgotten. @default {50_000} */
  readonly maxShared?: number;
}

/** Reads objects of the three kinds; nothing for what is left out. */
export interface ObjectReader {
  /** A pod, as the API shows it. */
  pod(object: unknown): Pod | undefined;
  /** A ReplicaSet or Job, or only its metadata. */
  owner(object: unknown): Owner | undefined;
}

/** The objects and arrays in `metadata`, `spec` and `status` that are looked at; the rest need not be there. */
export const WANTED_PARTS: readonly string[] = ["ownerReferences", "containerStatuses"];

interface ApiObject {
  readonly metadata?: {
    readonly uid?: string;
    readonly name?: string;
    readonly namespace?: string;
    readonly ownerReferences?: readonly ApiReference[] | null;
  };
}

interface ApiReference {
  readonly controller?: boolean;
  readonly kind?: string;
  readonly uid?: string;
  readonly name?: string;
}

interface ApiPod extends ApiObject {
  readonly spec?: { readonly hostNetwork?: boolean };
  readonly status?: {
    readonly podIP?: string;
    readonly containerStatuses?:
      | readonly { readonly containerID?: string; readonly name?: string; readonly image?: string }[]
      | null;
  };
}

/** A reader that remembers nothing yet. */
export function createObjectReader({ onSkip, maxShared = 50_000 }: ReadObjectsOptions): ObjectReader {
  const texts = new Map<string, string>();
  const references = new Map<string, OwnerReference>();

  function shared(text: string): string {
    const known = texts.get(text);
    if (known !== undefined) return known;
    if (texts.size >= maxShared) texts.clear();
    texts.set(text, text);
    return text;
  }

  function controllerOf({ metadata }: ApiObject): OwnerReference | undefined {
    const found = metadata?.ownerReferences?.find(({ controller }) => controller === true);
    if (found === undefined) return undefined;
    const { kind = "", uid = "", name = "" } = found;
    const known = references.get(uid);
    if (known?.kind === kind && known.name === name) return known;
    if (references.size >= maxShared) references.clear();
    const reference = { kind: shared(kind), uid, name };
    references.set(uid, reference);
    return reference;
  }

  function uidOf({ metadata }: ApiObject): string | undefined {
    const uid = metadata?.uid;
    if (uid !== undefined && uid !== "") return uid;
    onSkip();
    return undefined;
  }

  return {
    pod: (object) => {
      const { metadata, spec, status } = object as ApiPod;
      const uid = uidOf(object as ApiPod);
      if (uid === undefined) return undefined;
      const containers = (status?.containerStatuses ?? []).map((container): Container => ({
        id: container.containerID ?? "",
        name: shared(container.name ?? ""),
        image: shared(container.image ?? ""),
      }));
      return {
        uid,
        ip: status?.podIP ?? "",
        name: metadata?.name ?? "",
        namespace: shared(metadata?.namespace ?? ""),
        owner: controllerOf(object as ApiPod),
        hostNetwork: spec?.hostNetwork ?? false,
        version: shared(versionOf(containers)),
        containers,
      };
    },
    owner: (object) => {
      const uid = uidOf(object as ApiObject);
      return uid === undefined ? undefined : { uid, controller: controllerOf(object as ApiObject) };
    },
  };
}

function versionOf(containers: readonly Container[]): string {
  return containers.map(({ image }) => image).filter((image) => image !== "").map((image) => `'${image}'`).sort()
    .join(",");
}
