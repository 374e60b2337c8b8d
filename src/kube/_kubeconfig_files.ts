/**
 * Kubeconfig files: which cluster and which user they lead to.
 *
 * The format is read by the Kubernetes client library; how files are found and merged is kubectl's: of several the first
 * to name something wins, and files that are not there are passed over. Only those parts of the library are loaded that
 * know the format, since its requests bring HTTP clients with them that read the whole environment. What is not
 * supported is refused, not ignored.
 *
 * @module
 */
import { dirname, resolve } from "node:path";
import {
  type Cluster,
  type Context,
  newClusters,
  newContexts,
  newUsers,
  type User,
} from "@kubernetes/client-node/dist/config_types.js";
import { loadYaml } from "@kubernetes/client-node/dist/yaml.js";
import type { KubeConfig } from "./credentials.ts";
import { KubeConfigError } from "./errors.ts";
import { kubeconfigCredentials, type UserEntry } from "./_kubeconfig_credentials.ts";

/** How {@linkcode kubeconfigFiles} reads. */
export interface KubeconfigFilesOptions {
  /** A clock in milliseconds. */
  readonly now: () => number;
  /** Is told about files that are not there, and about those that cannot be read again. */
  readonly onSkip: (notice: string) => void;
}

/** The API server of the current context in the files at `paths`. */
export async function kubeconfigFiles(
  paths: readonly string[],
  options: KubeconfigFilesOptions,
): Promise<KubeConfig> {
  const all: Entries[] = [];
  for (const path of paths) {
    const text = await textOf(path, { only: paths.length === 1, onSkip: options.onSkip });
    if (text !== undefined) all.push(entriesIn(text, dirname(path)));
  }
  if (all.length === 0) throw new KubeConfigError("none of the files is there");

  const name = all.find((entries) => entries.currentContext)?.currentContext ?? "";
  const context = named("context", name, all.flatMap((entries) => entries.contexts));
  const cluster = named("cluster", context.cluster, all.flatMap((entries) => entries.clusters));
  // A context without a user asks as nobody.
  const user: UserEntry = context.user
    ? named("user", context.user, all.flatMap((entries) => entries.users))
    : { name: "" };
  return {
    source: paths.join(":"),
    server: serverOf(cluster),
    credentials: kubeconfigCredentials({ cluster, user }, options),
  };
}

async function textOf(
  path: string,
  options: { readonly only: boolean; readonly onSkip: (notice: string) => void },
): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (options.only || !(error instanceof Deno.errors.NotFound)) throw error;
    options.onSkip(`Cannot use ${path}: ${error.message}`);
    return undefined;
  }
}

/** What one file names, its paths made absolute. */
interface Entries {
  readonly clusters: readonly Cluster[];
  readonly users: readonly UserEntry[];
  readonly contexts: readonly Context[];
  readonly currentContext: string | undefined;
}

/** The part of the format that the library does not hand on. */
interface File {
  readonly clusters?: unknown;
  readonly users?: readonly { readonly name: string; readonly user?: Readonly<Record<string, unknown>> }[];
  readonly contexts?: unknown;
  readonly "current-context"?: string;
}

function entriesIn(text: string, folder: string): Entries {
  const file = loadYaml<File>(text);
  const raw = new Map((file.users ?? []).map(({ name, user }) => [name, user ?? {}]));
  return {
    clusters: newClusters(file.clusters).map((cluster) => absolute(cluster, ["caFile"], folder)),
    users: newUsers(file.users).map((user) => userEntry(user, raw.get(user.name) ?? {}, folder)),
    contexts: newContexts(file.contexts),
    currentContext: file["current-context"],
  };
}

function userEntry(user: User, raw: Readonly<Record<string, unknown>>, folder: string): UserEntry {
  for (const key of ["auth-provider", "as-uid", "as-groups", "as-user-extra"]) {
    if (raw[key] !== undefined) throw new KubeConfigError(`${key} of user "${user.name}" is not supported`);
  }
  const entry = { ...user, tokenFile: raw["tokenFile"] };
  return absolute(entry, ["certFile", "keyFile", "tokenFile"], folder) as UserEntry;
}

/** `entry`, with the paths under `keys` resolved against the folder of the file that names them. */
function absolute<T extends object>(entry: T, keys: readonly (keyof T)[], folder: string): T {
  const resolved = { ...entry };
  for (const key of keys) {
    const path = entry[key];
    if (typeof path === "string" && path !== "") Object.assign(resolved, { [key]: resolve(folder, path) });
  }
  return resolved;
}

function named<T extends { readonly name: string }>(what: string, name: string, entries: readonly T[]): T {
  const entry = entries.find((it) => it.name === name);
  if (entry === undefined) throw new KubeConfigError(`no ${what} "${name}"`);
  return entry;
}

function serverOf(cluster: Cluster): URL {
  if (cluster.proxyUrl) throw new KubeConfigError(`proxy-url is not supported: "${cluster.proxyUrl}"`);
  const server = new URL(cluster.server);
  if (server.protocol === "https:" || (server.protocol === "http:" && cluster.skipTLSVerify)) return server;
  throw new KubeConfigError(`server must be https, or insecure-skip-tls-verify be set: "${cluster.server}"`);
}
