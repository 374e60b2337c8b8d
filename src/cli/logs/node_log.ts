/**
 * A container log of the node, by the names of its pod and container.
 *
 * @module
 */
import { basename } from "node:path";

/** A log. */
export interface NodeLog {
  /** The pod's namespace. */
  readonly namespace: string;
  /** The pod's name. */
  readonly pod: string;
  /** The container's name. */
  readonly container: string;
  /** Tells logs of containers of the same name apart: a container id, or `UID/RESTARTS` in a folder of pods. */
  readonly instance: string;
  /** The path that is opened: that of the kubelet's link, or of the file itself. */
  readonly path: string;
  /** Its size in bytes, without the rotated files. */
  readonly size: number;
  /** When it was last written, in milliseconds since 1970. */
  readonly modifiedMs: number;
}

/** Names of a pod and its container, as they are written in a path. */
export type PathNames = Pick<NodeLog, "namespace" | "pod" | "container" | "instance">;

const CONTAINER_ID = /^[0-9a-f]{12,}$/;
const LINK = /^([^_/]+)_([^_/]+)_([^/]+)-([^/-]+)\.log$/;
/** `NAMESPACE_POD_UID/CONTAINER/RESTARTS.log`; the UID of a static pod is a hash. */
const POD_FILE = /(?:^|[/])([^_/]+)_([^_/]+)_([0-9a-f-]{32,36})[/]([^/]+)[/](\d+)\.log$/;

/** Returns the names in the path of a link of the kubelet, or of a log in a folder of pods. */
export function namesInPath(path: string): PathNames | undefined {
  const link = LINK.exec(basename(path));
  if (link !== null && CONTAINER_ID.test(link[4] ?? "")) {
    const [, pod = "", namespace = "", container = "", instance = ""] = link;
    return { namespace, pod, container, instance };
  }
  const file = POD_FILE.exec(path);
  if (file === null) return undefined;
  const [, namespace = "", pod = "", uid = "", container = "", restarts = ""] = file;
  return { namespace, pod, container, instance: `${uid}/${restarts}` };
}

/** `NAMESPACE_POD_UID`, the name of a pod's folder. */
export const POD_FOLDER: RegExp = /^([^_/]+)_([^_/]+)_([^_/]+)$/;

/** The name of a log in the folder of its container: how often that was restarted. */
export const RESTARTS_FILE: RegExp = /^(\d+)\.log$/;

/** Digits of an id that are printed where they suffice, as Docker does. */
const SHORT_ID = 12;

/** Returns `shop/checkout-7d9f/api`. */
export function nameOf({ namespace, pod, container }: PathNames): string {
  return `${namespace}/${pod}/${container}`;
}

/**
 * Returns the shortest texts that tell these instances of one container apart: of container ids the first 12 digits, in
 * a folder of pods the number of restarts, with the pod's UID before it where there are several.
 */
export function shortInstances(instances: readonly string[]): ReadonlyMap<string, string> {
  const inPods = instances.every((instance) => instance.includes("/"));
  if (inPods && new Set(instances.map((instance) => instance.split("/")[0])).size === 1) {
    return new Map(instances.map((instance) => [instance, instance.split("/")[1] ?? instance]));
  }
  const short = new Map<string, string>();
  for (const instance of new Set(instances)) {
    const [id = "", ...rest] = instance.split("/");
    let length = SHORT_ID;
    const ids = instances.map((one) => one.split("/")[0] ?? "");
    while (length < id.length && ids.some((one) => one !== id && one.startsWith(id.slice(0, length)))) length++;
    short.set(instance, [id.slice(0, length), ...rest].join("/"));
  }
  return short;
}
