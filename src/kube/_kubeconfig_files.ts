/**
 * Kubeconfig files, read by the Kubernetes client library.
 *
 * Promises kubectl's rules where the library has others: of several files the first to name something wins, files
 * that are not there are passed over, and `tokenFile` is honoured (and read again when it changes). Certificates in
 * files are read for each request, so they may be renewed. Proxies are refused, not ignored.
 *
 * @module
 */
import { dirname, resolve } from "node:path";
import type { RequestOptions } from "node:https";
import { KubeConfig as Kubeconfig } from "@kubernetes/client-node/dist/config.js";
import { loadYaml } from "@kubernetes/client-node/dist/yaml.js";
import { type ChangingFile, createChangingFile } from "./_changing_file.ts";
import type { KubeConfig, KubeCredentials } from "./credentials.ts";
import { KubeConfigError } from "./errors.ts";

/** How {@linkcode kubeconfigFiles} reads. */
export interface KubeconfigFilesOptions {
  /** A clock in milliseconds. */
  readonly now: () => number;
  /** Is told about files that are not there, and about those that cannot be read again. */
  readonly onSkip: (notice: string) => void;
}

/** The API server of the current context in the files at `paths`. */
export async function kubeconfigFiles(paths: readonly string[], options: KubeconfigFilesOptions): Promise<KubeConfig> {
  const merged = new Kubeconfig();
  const tokenPaths = new Map<string, string>();
  let read = 0;
  for (const path of paths) {
    const text = await textOf(path, { only: paths.length === 1, onSkip: options.onSkip });
    if (text === undefined) continue;
    read++;
    merge(merged, text, dirname(path));
    for (const [user, tokenPath] of tokenPathsIn(text, dirname(path))) {
      if (!tokenPaths.has(user)) tokenPaths.set(user, tokenPath);
    }
  }
  if (read === 0) throw new KubeConfigError("none of the files is there");

  const server = serverOf(merged);
  const tokenPath = tokenPaths.get(merged.getCurrentUser()?.name ?? "");
  const token = tokenPath === undefined ? undefined : createChangingFile(tokenPath, options);
  return {
    source: paths.join(":"),
    server,
    credentials: () => credentialsOf(merged, token),
  };
}

async function textOf(
  path: string,
  options: {
    readonly only: boolean;
    readonly onSkip: (notice: string) => void;
  },
): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (options.only || !(error instanceof Deno.errors.NotFound)) throw error;
    options.onSkip(`Cannot use ${path}: ${error.message}`);
    return undefined;
  }
}

/** Adds what `text` names and `merged` does not have yet. */
function merge(merged: Kubeconfig, text: string, folder: string): void {
  const one = new Kubeconfig();
  one.loadFromString(text);
  one.makePathsAbsolute(folder);
  for (const it of one.clusters) {
    if (!has(merged.clusters, it.name)) merged.addCluster(it);
  }
  for (const it of one.users) {
    if (!has(merged.users, it.name)) merged.addUser(it);
  }
  for (const it of one.contexts) {
    if (!has(merged.contexts, it.name)) merged.addContext(it);
  }
  if (!merged.getCurrentContext() && one.getCurrentContext()) {
    merged.setCurrentContext(one.getCurrentContext());
  }
}

function has(list: readonly { readonly name: string }[], name: string): boolean {
  return list.some((it) => it.name === name);
}

/** The library looks for `token-file`; the format says `tokenFile`. A `token` beside it loses, as in kubectl. */
function* tokenPathsIn(text: string, folder: string): Generator<[user: string, path: string]> {
  const { users } = loadYaml(text) as {
    readonly users?: readonly {
      readonly name: string;
      readonly user?: { readonly tokenFile?: unknown };
    }[];
  };
  for (const { name, user } of users ?? []) {
    if (typeof user?.tokenFile === "string" && user.tokenFile !== "") {
      yield [name, resolve(folder, user.tokenFile)];
    }
  }
}

function serverOf(kubeconfig: Kubeconfig): URL {
  const context = kubeconfig.getContextObject(kubeconfig.getCurrentContext());
  if (context === null) {
    throw new KubeConfigError(
      `no context "${kubeconfig.getCurrentContext() ?? ""}"`,
    );
  }
  const cluster = kubeconfig.getCluster(context.cluster);
  if (cluster === null) {
    throw new KubeConfigError(`no cluster "${context.cluster}"`);
  }
  if (kubeconfig.getUser(context.user) === null) {
    throw new KubeConfigError(`no user "${context.user}"`);
  }
  if (cluster.proxyUrl) {
    throw new KubeConfigError(`proxy-url is not supported: "${cluster.proxyUrl}"`);
  }
  const server = new URL(cluster.server);
  if (
    server.protocol !== "https:" &&
    !(server.protocol === "http:" && cluster.skipTLSVerify)
  ) {
    throw new KubeConfigError(`server must be https, or insecure-skip-tls-verify be set: "${cluster.server}"`);
  }
  return server;
}

async function credentialsOf(kubeconfig: Kubeconfig, token: ChangingFile | undefined): Promise<KubeCredentials> {
  // The library's one way to the outcome of all it knows about credentials, plug-ins included.
  const options: RequestOptions = {};
  await kubeconfig.applyToHTTPSOptions(options);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.headers ?? {})) {
    headers[name.toLowerCase()] = String(value);
  }
  if (options.auth) headers["authorization"] = `Basic ${btoa(options.auth)}`;
  if (token !== undefined) {
    headers["authorization"] = `Bearer ${(await token.text()).trim()}`;
  }
  return {
    ca: pem(options.ca),
    serverName: options.servername,
    verify: options.rejectUnauthorized !== false,
    certificate: pem(options.cert),
    key: pem(options.key),
    headers,
  };
}

function pem(material: unknown): string | undefined {
  return material === undefined || material === null ? undefined : String(material);
}
