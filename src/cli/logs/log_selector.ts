/**
 * Which logs a word of the command line names: `checkout-*`, `shop/checkout-*`, `shop/checkout-7d9f/api` and
 * `shop/checkout-7d9f/api@0f3c9d2b71aa`, which is how logs are named in the output.
 *
 * @module
 */
import { matchesGlob } from "./glob.ts";
import type { PathNames } from "./node_log.ts";

/** Which logs are meant. */
export interface LogSelector {
  /** The pod's namespace, with globs. */
  readonly namespace: string;
  /** The pod, with globs. */
  readonly pod: string;
  /** The containers, with globs; one of them is enough. */
  readonly containers: readonly string[];
  /** What the instance begins or ends with. */
  readonly instance?: string | undefined;
}

/** What the options tell about all words. */
export interface SelectorDefaults {
  /** The namespace of pods whose word has none. */
  readonly namespace: string | undefined;
  /** The containers; none: all. */
  readonly containers: readonly string[];
}

/** Reads a word; `undefined` for one that cannot name pods. */
export function parseSelector(word: string, defaults: SelectorDefaults): LogSelector | undefined {
  const parts = word.split("/");
  if (parts.length > 3 || parts.some((part) => part === "")) return undefined;
  const [first = "", second, third] = parts;
  const allContainers = defaults.containers.length === 0 ? ["*"] : defaults.containers;
  if (second === undefined) return { namespace: defaults.namespace ?? "*", pod: first, containers: allContainers };
  if (third === undefined) return { namespace: first, pod: second, containers: allContainers };
  const [container = "", instance] = third.split("@");
  return { namespace: first, pod: second, containers: [container], instance };
}

/** Selects all logs that the options allow. */
export function selectAll(defaults: SelectorDefaults): LogSelector {
  return {
    namespace: defaults.namespace ?? "*",
    pod: "*",
    containers: defaults.containers.length === 0 ? ["*"] : defaults.containers,
  };
}

/** Reports whether a log is meant. */
export function isSelected(log: PathNames, { namespace, pod, containers, instance }: LogSelector): boolean {
  return matchesGlob(namespace, log.namespace) && matchesGlob(pod, log.pod) &&
    containers.some((container) => matchesGlob(container, log.container)) &&
    (instance === undefined || isInstance(log.instance, instance));
}

/** Reports whether `short` is short for an instance: a part of a container id, or `3` or `0f3c9d2b71aa/3` in a pod. */
function isInstance(instance: string, short: string): boolean {
  const [id = "", restarts] = instance.split("/");
  const [shortId = "", shortRestarts] = short.split("/");
  if (restarts === undefined) return id.startsWith(short);
  return shortRestarts === undefined ? restarts === short : id.startsWith(shortId) && restarts === shortRestarts;
}
