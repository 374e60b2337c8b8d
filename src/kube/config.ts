/**
 * Where the API server is, whom to trust there, and what to show it.
 *
 * Uses the files that KUBECONFIG names and nothing else, where it is set: another source may lead to another cluster,
 * or to other rights. Otherwise reads `.kube/config` in the home folder, then at the service account that
 * Kubernetes mounts into a pod; a home folder's file that cannot be used is reported to `onSkip`. Promises that what it
 * returns was readable once, that certificates and keys are such, and that mounted tokens are read again when they
 * change. Makes no request, and does not read the environment by itself.
 *
 * @module
 */
import { join } from "node:path";
import type { KubeConfig } from "./credentials.ts";
import { KubeConfigError } from "./errors.ts";
import { inClusterConfig } from "./_in_cluster.ts";
import { checkAuthorities, checkClientPair } from "./_pem.ts";

/** How {@linkcode loadKubeConfig} finds its way. */
export interface KubeConfigOptions {
  /** Reads KUBECONFIG, HOME, KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT, the latter ones only when needed. */
  readonly env: (name: string) => string | undefined;
  /** Called with a home folder's file that cannot be used, and about files that cannot be read again. */
  readonly onSkip: (notice: string) => void;
  /** The folder of the mounted service account. @default {"/var/run/secrets/kubernetes.io/serviceaccount"} */
  readonly serviceAccountDir?: string;
  /** A clock in milliseconds. @default {performance.now} */
  readonly now?: () => number;
  /** How long a credential plug-in of a kubeconfig may run, in milliseconds. @default {30_000} */
  readonly plugInMs?: number;
}

/**
 * Finds the API server. Throws a {@linkcode KubeConfigError} that begins `unable to infer k8s config` and says what was
 * tried, when nothing can be used.
 */
export async function loadKubeConfig(options: KubeConfigOptions): Promise<KubeConfig> {
  const tried: string[] = [];
  for (const { source, load } of sources(options)) {
    try {
      const config = await load();
      await check(config);
      for (const notice of tried) options.onSkip(notice);
      return config;
    } catch (error) {
      tried.push(`Cannot use ${source}: ${firstLine(error)}`);
    }
  }
  throw new KubeConfigError(`unable to infer k8s config: ${tried.join("; ")}`);
}

/** Parsers like to draw the place of an error over many lines; here it stands in a list. */
function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n", 1)[0] ?? "";
}

interface Source {
  readonly source: string;
  load(): Promise<KubeConfig>;
}

function* sources(options: KubeConfigOptions): Generator<Source> {
  const { env, onSkip } = options;
  const variable = env("KUBECONFIG") ?? "";
  if (variable !== "") {
    const named = variable.split(":").filter((path) => path !== "");
    yield { source: `KUBECONFIG ${named.join(":")}`, load: () => fromFiles(named, options) };
    return;
  }
  const path = homeKubeconfig(env);
  if (path !== undefined) yield { source: path, load: () => fromFiles([path], options) };
  yield {
    source: "the mounted service account",
    load: () =>
      Promise.resolve(inClusterConfig({
        host: env("KUBERNETES_SERVICE_HOST"),
        port: env("KUBERNETES_SERVICE_PORT"),
        dir: options.serviceAccountDir ?? "/var/run/secrets/kubernetes.io/serviceaccount",
        now: options.now ?? (() => performance.now()),
        onSkip,
      })),
  };
}

/**
 * The kubeconfig reader brings 400 kB of client library and 4 MB of memory with it. A pod needs none of it, so it is
 * loaded only where there is a kubeconfig.
 */
async function fromFiles(paths: readonly string[], options: KubeConfigOptions): Promise<KubeConfig> {
  const { kubeconfigFiles } = await import("./_kubeconfig_files.ts");
  return kubeconfigFiles(paths, {
    onSkip: options.onSkip,
    now: options.now ?? (() => performance.now()),
    plugInMs: options.plugInMs,
  });
}

/** A home folder that may not be known, or not be looked into, holds no kubeconfig for us. */
function homeKubeconfig(env: KubeConfigOptions["env"]): string | undefined {
  try {
    const home = env("HOME");
    if (home === undefined || home === "") return undefined;
    const path = join(home, ".kube", "config");
    return Deno.statSync(path).isFile ? path : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotCapable) return undefined;
    if (error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotADirectory) return undefined;
    throw error;
  }
}

/** Finds at the start what would otherwise fail every request: the platform's TLS takes any text in silence. */
async function check(config: KubeConfig): Promise<void> {
  const { ca, verify, certificate, key } = await config.credentials();
  if (ca !== undefined) checkAuthorities(ca);
  else if (verify && config.server.protocol === "https:") await checkPlatformAuthorities();
  checkClientPair({ certificate, key });
}

/** A server without an authority of its own must be known to the platform's, and reading those takes leave. */
async function checkPlatformAuthorities(): Promise<void> {
  const { state } = await Deno.permissions.query({ name: "sys", kind: "ca" });
  if (state === "granted") return;
  throw new KubeConfigError("no certificate authority is given, and those of the platform may not be read");
}
