/**
 * Reads the few fields that are kept of the API's objects.
 *
 * Texts that many pods share – namespaces, images, owners – are kept once: a cluster of 100,000 pods has to fit. A
 * field of another type than the API has it, or too long for a name, counts as absent, and is reported. An object
 * without a uid is left out, and reported; it could neither be found again nor be deleted.
 *
 * @module
 */
import type { Container, Owner, OwnerReference, Pod } from "./pod.ts";

/** How objects are read. */
export interface ReadObjectsOptions {
  /** Called for each object that is left out, as a whole or in part. */
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

/** The objects and arrays in `metadata`, `spec` and `status` that are read; the rest need not be there. */
export const WANTED_PARTS: readonly string[] = ["ownerReferences", "containerStatuses"];

/** The longest name, uid, address or image; those that can be used are much shorter, and pods are made by anybody. */
const MAX_NAME_LENGTH = 1_024;

type Fields = Readonly<Record<string, unknown>>;

/** Takes JSON for what the API says it is; `isOdd` tells whether something was not. */
class Reading {
  isOdd = false;

  fields(value: unknown): Fields {
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
    this.expectAbsent(value);
    return {};
  }

  /** The objects in a list. */
  objects(value: unknown): readonly Fields[] {
    if (!Array.isArray(value)) {
      this.expectAbsent(value);
      return [];
    }
    return value.filter((entry): entry is Fields => {
      if (typeof entry === "object" && entry !== null && !Array.isArray(entry)) return true;
      this.isOdd = true;
      return false;
    });
  }

  text(value: unknown): string {
    // No sink can send half of a surrogate pair.
    if (typeof value === "string") return value.toWellFormed();
    this.expectAbsent(value);
    return "";
  }

  name(value: unknown): string {
    const text = this.text(value);
    if (text.length <= MAX_NAME_LENGTH) return text;
    this.isOdd = true;
    return "";
  }

  flag(value: unknown): boolean {
    if (typeof value === "boolean") return value;
    this.expectAbsent(value);
    return false;
  }

  private expectAbsent(value: unknown): void {
    if (value !== undefined && value !== null) this.isOdd = true;
  }
}

/** A reader that remembers nothing yet. */
export function createObjectReader({ onSkip, maxShared = 50_000 }: ReadObjectsOptions): ObjectReader {
  const texts = new Map<string, string>();
  const references = new Map<string, OwnerReference>();

  function shared(text: string): string {
    if (text.length > MAX_NAME_LENGTH) return text;
    const known = texts.get(text);
    if (known !== undefined) return known;
    if (texts.size >= maxShared) texts.clear();
    texts.set(text, text);
    return text;
  }

  function controllerOf(metadata: Fields, reading: Reading): OwnerReference | undefined {
    const found = reading.objects(metadata["ownerReferences"]).find(({ controller }) => controller === true);
    if (found === undefined) return undefined;
    const [kind, uid, name] = [reading.name(found["kind"]), reading.name(found["uid"]), reading.name(found["name"])];
    const known = references.get(uid);
    if (known?.kind === kind && known.name === name) return known;
    if (references.size >= maxShared) references.clear();
    const reference = { kind: shared(kind), uid, name };
    references.set(uid, reference);
    return reference;
  }

  /** What `read` makes of an object that has a uid. */
  function identified<T>(object: unknown, read: (found: Identified) => T): T | undefined {
    const reading = new Reading();
    const fields = reading.fields(object);
    const metadata = reading.fields(fields["metadata"]);
    const uid = reading.name(metadata["uid"]);
    const made = uid === "" ? undefined : read({ uid, metadata, fields, reading });
    if (made === undefined || reading.isOdd) onSkip();
    return made;
  }

  function podOf({ uid, metadata, fields, reading }: Identified): Pod {
    const { spec, status } = fields;
    const { podIP, containerStatuses } = reading.fields(status);
    const containers = reading.objects(containerStatuses).map(({ containerID, name, image }): Container => ({
      id: reading.name(containerID),
      name: shared(reading.name(name)),
      image: shared(reading.name(image)),
    }));
    return {
      uid,
      ip: reading.name(podIP),
      name: reading.name(metadata["name"]),
      namespace: shared(reading.name(metadata["namespace"])),
      owner: controllerOf(metadata, reading),
      hostNetwork: reading.flag(reading.fields(spec)["hostNetwork"]),
      version: shared(versionOf(containers)),
      containers,
    };
  }

  return {
    pod: (object) => identified(object, podOf),
    owner: (object) =>
      identified(object, ({ uid, metadata, reading }) => ({ uid, controller: controllerOf(metadata, reading) })),
  };
}

/** An object that has a uid. */
interface Identified {
  readonly uid: string;
  readonly metadata: Fields;
  readonly fields: Fields;
  readonly reading: Reading;
}

function versionOf(containers: readonly Container[]): string {
  return containers.map(({ image }) => image).filter((image) => image !== "").map((image) => `'${image}'`).sort()
    .join(",");
}
