/**
 * An input of a command: where it is opened, and by which name the output tells it from others.
 *
 * @module
 */
import { nameOf, namesInPath, type PathNames, shortInstances } from "./node_log.ts";

/** An input. */
export interface LogSource {
  /** The path that is opened, or `-` for standard input. */
  readonly path: string;
  /** What is printed before its records. */
  readonly label: string;
  /** The pod, for logs of one; its labels have one colour. */
  readonly pod: string | undefined;
}

/** A path, with the names of its container where they are known. */
export interface NamedPath {
  /** The path. */
  readonly path: string;
  /** The names. @default those in the path */
  readonly names?: PathNames | undefined;
}

/** Digits of the id of a container in a path. */
const LONG_ID = /[0-9a-f]{64}/g;
const SHORT_ID = 12;

/**
 * Gives each path its label: `shop/checkout-7d9f/api`; with `@` and the shortest text that tells the instance where
 * several have that name; else the path itself, with the ids of containers shortened.
 */
export function labelSources(paths: readonly NamedPath[]): LogSource[] {
  const named = paths.map(({ path, names = namesInPath(path) }) => ({ path, names }));
  const instances = new Map<string, Set<string>>();
  for (const { names } of named) {
    if (names === undefined) continue;
    const known = instances.get(nameOf(names));
    if (known === undefined) instances.set(nameOf(names), new Set([names.instance]));
    else known.add(names.instance);
  }
  const short = new Map(instances.entries().map(([name, all]) => [name, shortInstances([...all])]));
  return named.map(({ path, names }) => {
    if (names === undefined) return { path, label: fileLabel(path), pod: undefined };
    const name = nameOf(names);
    const pod = `${names.namespace}/${names.pod}`;
    if ((instances.get(name)?.size ?? 0) < 2) return { path, label: name, pod };
    return { path, label: `${name}@${short.get(name)?.get(names.instance)}`, pod };
  });
}

function fileLabel(path: string): string {
  return path === "-" ? "(standard input)" : path.replaceAll(LONG_ID, (id) => `${id.slice(0, SHORT_ID)}…`);
}
