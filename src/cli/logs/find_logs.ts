/**
 * Finds the container logs in a folder: the kubelet's links, as in `/var/log/containers`, or the folders of pods, as in
 * `/var/log/pods`.
 *
 * Promises that no single log fails the rest: what cannot be read is reported. Nothing is opened.
 *
 * @module
 */
import { basename, dirname, join } from "node:path";
import { createLogDirectory, LogFolderError } from "../../metadata/log_directory.ts";
import { nextSlice } from "../../scheduling/time_slice.ts";
import { type LogName, parseLogFileName } from "../../logs/log_name.ts";
import { InputError } from "../files/input.ts";
import { readFailure } from "../files/read_failure.ts";
import { type NodeLog, type PathNames, POD_FOLDER, RESTARTS_FILE } from "./node_log.ts";

/** What is found, and what is reported. */
export interface FindLogsOptions {
  /** Whether a log is wanted. */
  readonly includes: (names: PathNames) => boolean;
  /** Called for each wanted log that cannot be listed, with its names where they are known. */
  readonly onSkip?: ((path: string, reason: string, names?: PathNames) => void) | undefined;
  /** Ends the search; it rejects with the signal's reason. */
  readonly signal: AbortSignal;
}

/**
 * Resolves to the wanted logs, by namespace, pod, container and instance.
 *
 * @throws {InputError} when the folder cannot be read
 */
export async function findLogs(folder: string, options: FindLogsOptions): Promise<readonly NodeLog[]> {
  const logs = await (await holdsPods(folder) ? logsOfPods : logsOfLinks)(folder, options);
  return logs.sort((a, b) =>
    compare(a.namespace, b.namespace) || compare(a.pod, b.pod) || compare(a.container, b.container) ||
    a.modifiedMs - b.modifiedMs || compare(a.instance, b.instance)
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Reports whether a folder is one of pods: its first entry that can be told decides. */
async function holdsPods(folder: string): Promise<boolean> {
  try {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      if (isDirectory && POD_FOLDER.test(name)) return true;
      if (name.endsWith(".log")) return false;
    }
    return false;
  } catch (error) {
    throw folderError(folder, error);
  }
}

async function logsOfLinks(folder: string, options: FindLogsOptions): Promise<NodeLog[]> {
  const { includes, onSkip, signal } = options;
  const found: NodeLog[] = [];
  // Wherever links lead: it is the user's own right to read a file that counts.
  const directory = createLogDirectory({ containerLogsDir: folder, roots: ["/"] });
  try {
    await directory.scan({
      includes: () => true,
      onLog: ({ fileName, name, size, modifiedMs }) => {
        const log = { ...namesOf(name), path: join(folder, fileName), size, modifiedMs };
        if (includes(log)) found.push(log);
      },
      onSkip: (fileName, reason) => {
        const name = parseLogFileName(fileName);
        if (name === undefined || !includes(namesOf(name))) return;
        onSkip?.(join(folder, fileName), reason, namesOf(name));
      },
      signal,
    });
  } catch (error) {
    if (!(error instanceof LogFolderError)) throw error;
    throw folderError(folder, error.cause);
  }
  return found;
}

function namesOf({ namespace, podName, containerName, containerId }: LogName): PathNames {
  return { namespace, pod: podName, container: containerName, instance: containerId };
}

async function logsOfPods(folder: string, options: FindLogsOptions): Promise<NodeLog[]> {
  const { onSkip, signal } = options;
  const found: NodeLog[] = [];
  for (const podFolder of await foldersIn(folder)) {
    await nextSlice({ signal });
    const path = join(folder, podFolder);
    try {
      for (const container of await foldersIn(path)) {
        found.push(...await logsOfContainer(join(path, container), options));
      }
    } catch (error) {
      // The pod was removed since its name was read.
      if (!(error instanceof Deno.errors.NotFound)) onSkip?.(path, readFailure(error));
    }
  }
  return found;
}

/** Finds the logs in `NAMESPACE_POD_UID/CONTAINER`. */
async function logsOfContainer(folder: string, { includes, onSkip }: FindLogsOptions): Promise<NodeLog[]> {
  const [, namespace = "", pod = "", uid = ""] = POD_FOLDER.exec(basename(dirname(folder))) ?? [];
  const found: NodeLog[] = [];
  if (uid === "") return found;
  for await (const { name } of Deno.readDir(folder)) {
    const restarts = RESTARTS_FILE.exec(name)?.[1];
    const names = { namespace, pod, container: basename(folder), instance: `${uid}/${restarts}` };
    if (restarts === undefined || !includes(names)) continue;
    const path = join(folder, name);
    try {
      const { isFile, size, mtime } = await Deno.stat(path);
      if (isFile) found.push({ ...names, path, size, modifiedMs: mtime?.getTime() ?? 0 });
      else onSkip?.(path, "it is not a regular file", names);
    } catch (error) {
      onSkip?.(path, readFailure(error), names);
    }
  }
  return found;
}

async function foldersIn(folder: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) if (isDirectory) names.push(name);
  return names;
}

function folderError(folder: string, error: unknown): InputError {
  return new InputError(`Cannot list the logs in ${folder}: ${readFailure(error)}`, { cause: error });
}
