/**
 * The log folders of a node, as the kubelet makes them: folders of pods with the logs of their containers, and a folder
 * of links to those.
 *
 * @module
 */
import { gzipSync } from "node:zlib";

/** The folders. */
export interface NodeLogs extends AsyncDisposable {
  /** As `/var/log/containers`. */
  readonly containers: string;
  /** As `/var/log/pods`. */
  readonly pods: string;
  /** Adds a log. */
  add(log: AddedLog): NodeLogPaths;
}

/** A log, by what is in its files. */
export interface AddedLog {
  /** `NAMESPACE/POD/CONTAINER`. */
  readonly name: string;
  /** How often the container was restarted. @default {0} */
  readonly restarts?: number;
  /** The lines of the log. */
  readonly lines: readonly string[];
  /** The lines of its rotated files, oldest first; all but the newest are gzipped. @default none */
  readonly rotated?: readonly (readonly string[])[];
}

/** Where a log is. */
export interface NodeLogPaths {
  /** The path of the link. */
  readonly link: string;
  /** The path of the file. */
  readonly file: string;
  /** The paths of the rotated files, oldest first. */
  readonly rotated: readonly string[];
  /** The container's id. */
  readonly id: string;
}

const UID = "0f3c9d2b-71aa-4c4e-9d6f-5f0a1b2c3d4e";

/** Makes empty folders. */
export async function nodeLogs(): Promise<NodeLogs> {
  const root = await Deno.makeTempDir({ prefix: "node-logs-" });
  const [containers, pods] = [`${root}/containers`, `${root}/pods`];
  await Deno.mkdir(containers);
  await Deno.mkdir(pods);
  let added = 0;
  return {
    containers,
    pods,
    add: ({ name, restarts = 0, lines, rotated = [] }) => {
      const [namespace, pod, container] = name.split("/");
      const folder = `${pods}/${namespace}_${pod}_${UID}/${container}`;
      Deno.mkdirSync(folder, { recursive: true });
      const file = `${folder}/${restarts}.log`;
      const paths = rotated.map((older, at) => {
        const isGzipped = at < rotated.length - 1;
        const path = `${file}.20250304-05000${at}${isGzipped ? ".gz" : ""}`;
        Deno.writeFileSync(path, isGzipped ? gzipSync(textOf(older)) : new TextEncoder().encode(textOf(older)));
        return path;
      });
      Deno.writeTextFileSync(file, textOf(lines));
      // Different from its first digits on.
      const id = (++added).toString(16).padStart(12, "a").padEnd(64, "0");
      const link = `${containers}/${pod}_${namespace}_${container}-${id}.log`;
      Deno.symlinkSync(file, link);
      return { link, file, rotated: paths, id };
    },
    [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }),
  };
}

function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}

/** A line as a runtime writes it, of that second. */
export function criLine(second: number, message: string): string {
  return `${new Date(Date.parse("2025-03-04T05:00:00Z") + second * 1000).toISOString()} stdout F ${message}`;
}
