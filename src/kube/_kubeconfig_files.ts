/**
 * Kubeconfig files: which cluster and which user they lead to.
 *
 * The fields are read by the Kubernetes client library; how files are found and merged is kubectl's: of several the
 * first to name something wins, and files that are not there are passed over. Only that part of the library is loaded
 * that knows the fields: its requests bring HTTP clients with them that read the whole environment, and its reader of
 * YAML brings every kind of object that Kubernetes has. What
 * is not supported is refused, not ignored, where the current context leads to it; other entries may be whatever they
 * are.
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
} from "@kubernetes/client-node/dist/config_types.js";
import type { KubeConfig } from "./credentials.ts";
import { KubeConfigError } from "./errors.ts";
import { readFileText } from "../config/file_text.ts";
import { parseYaml } from "../config/yaml.ts";
import { kubeconfigCredentials, type UserEntry } from "./_kubeconfig_credentials.ts";

/** A kubeconfig with a thousand clusters, each with its certificates, has some megabytes. */
const MAX_BYTES = 2 ** 23;

/** How {@linkcode kubeconfigFiles} reads. */
export interface KubeconfigFilesOptions {
  /** A clock in milliseconds. */
  readonly now: () => number;
  /** Called with files that are not there, and about those that cannot be read again. */
  readonly onSkip: (notice: string) => void;
  /** How long a credential plug-in may run, in milliseconds. @default {30_000} */
  readonly plugInMs?: number | undefined;
}

/** The API server of the current context in the files at `paths`. Only the entries that it leads to are checked. */
export async function kubeconfigFiles(
  paths: readonly string[],
  options: KubeconfigFilesOptions,
): Promise<KubeConfig> {
  const all: Entries[] = [];
  for (const path of paths) {
    const text = await textOf(path, { only: paths.length === 1, onSkip: options.onSkip });
    if (text !== undefined) all.push(entriesIn(text, path));
  }
  if (all.length === 0) throw new KubeConfigError("none of the files is there");

  const name = all.find((entries) => entries.currentContext !== "")?.currentContext ?? "";
  if (name === "") throw new KubeConfigError("current-context is not set");
  const context = contextOf(named("context", name, all.flatMap((entries) => entries.contexts)));
  const cluster = clusterOf(named("cluster", context.cluster, all.flatMap((entries) => entries.clusters)));
  // A context without a user asks as nobody.
  const user: UserEntry = context.user
    ? userOf(named("user", context.user, all.flatMap((entries) => entries.users)))
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
    return await readFileText(path, { maxBytes: MAX_BYTES });
  } catch (error) {
    if (options.only || !(error instanceof Deno.errors.NotFound)) throw error;
    options.onSkip(`Cannot use ${path}: ${error.message}`);
    return undefined;
  }
}

/** What one file names. */
interface Entries {
  readonly clusters: readonly Entry[];
  readonly users: readonly Entry[];
  readonly contexts: readonly Entry[];
  readonly currentContext: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** A named entry of a file, which may be anything but for its name. */
interface Entry {
  readonly name: string;
  /** What stands behind the name. */
  readonly body: unknown;
  /** The folder that its paths start from. */
  readonly folder: string;
}

function entriesIn(text: string, path: string): Entries {
  // A file may have only comments, or nothing.
  const file: unknown = parseYaml(text) ?? {};
  if (!isFields(file)) throw new KubeConfigError(`${path} is not a kubeconfig`);
  const entries = (list: string, body: string): readonly Entry[] => {
    const found = file[list] ?? [];
    if (!Array.isArray(found)) throw new KubeConfigError(`${list} in ${path} is not a list`);
    return found.filter((it) => isFields(it) && typeof it["name"] === "string").map((it): Entry => ({
      name: it.name,
      body: it[body],
      folder: dirname(path),
    }));
  };
  const currentContext = file["current-context"] ?? "";
  if (typeof currentContext !== "string") throw new KubeConfigError(`current-context in ${path} is not text`);
  return {
    clusters: entries("clusters", "cluster"),
    users: entries("users", "user"),
    contexts: entries("contexts", "context"),
    currentContext,
  };
}

function contextOf({ name, body }: Entry): Context {
  const [context] = newContexts([{
    name,
    context: texts(body, { of: `context "${name}"`, keys: ["cluster", "user"] }),
  }]);
  return present(context);
}

function clusterOf({ name, body, folder }: Entry): Cluster {
  const keys = ["server", "certificate-authority", "certificate-authority-data", "tls-server-name", "proxy-url"];
  const [cluster] = newClusters([{ name, cluster: texts(body, { of: `cluster "${name}"`, keys }) }]);
  return absolute(present(cluster), ["caFile"], folder);
}

/** What a user can show that is text. */
const USER_TEXTS: readonly string[] = [
  ..."client-certificate client-certificate-data client-key client-key-data".split(" "),
  ..."token tokenFile username password as".split(" "),
];

function userOf({ name, body, folder }: Entry): UserEntry {
  const raw = texts(body ?? {}, { of: `user "${name}"`, keys: USER_TEXTS });
  for (const key of ["auth-provider", "as-uid", "as-groups", "as-user-extra"]) {
    if (raw[key] !== undefined) throw new KubeConfigError(`${key} of user "${name}" is not supported`);
  }
  const [user] = newUsers([{ name, user: raw }]);
  const entry = { ...present(user), tokenFile: raw["tokenFile"] };
  return absolute(entry, ["certFile", "keyFile", "tokenFile"], folder) as UserEntry;
}

/** The fields of an entry that is used; those under `keys` are text where they are there. */
function texts(body: unknown, { of, keys }: { readonly of: string; readonly keys: readonly string[] }): Fields {
  if (!isFields(body)) throw new KubeConfigError(`${of} is not an object`);
  for (const key of keys) {
    const value = body[key] ?? "";
    if (typeof value !== "string") throw new KubeConfigError(`${key} of ${of} is not text`);
  }
  return body;
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The library makes one of one, or throws. */
function present<T>(entry: T | undefined): T {
  if (entry === undefined) throw new KubeConfigError("the entry of the current context is empty");
  return entry;
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
  if (!URL.canParse(cluster.server)) throw new KubeConfigError(`server is no address: "${cluster.server}"`);
  const server = new URL(cluster.server);
  if (server.protocol === "https:" || (server.protocol === "http:" && cluster.skipTLSVerify)) return server;
  throw new KubeConfigError(`server must be https, or insecure-skip-tls-verify be set: "${cluster.server}"`);
}
