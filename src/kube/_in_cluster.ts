/**
 * The configuration that Kubernetes itself gives to a pod: two variables and a mounted folder.
 *
 * Promises that token and certificate authority are read again when they change: the kubelet replaces the token
 * before it runs out. What cannot be used is not taken.
 *
 * @module
 */
import { join } from "node:path";
import { createReloadingFile } from "./_reloading_file.ts";
import { checkAuthorities, checkToken } from "./_pem.ts";
import type { KubeConfig } from "./credentials.ts";
import { KubeConfigError } from "./errors.ts";

/** What the pod was given. */
export interface InClusterOptions {
  /** KUBERNETES_SERVICE_HOST */
  readonly host: string | undefined;
  /** KUBERNETES_SERVICE_PORT */
  readonly port: string | undefined;
  /** The folder with `token` and `ca.crt`. */
  readonly dir: string;
  /** A clock in milliseconds. */
  readonly now: () => number;
  /** Called with files that cannot be read again. */
  readonly onSkip: (notice: string) => void;
}

/** The API server of the cluster that this pod runs in. */
export function inClusterConfig(options: InClusterOptions): KubeConfig {
  const { host, port, dir, now, onSkip } = options;
  if (host === undefined || host === "" || port === undefined || port === "") {
    throw new KubeConfigError(
      "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set; outside of a pod, set KUBECONFIG",
    );
  }
  const token = createReloadingFile(join(dir, "token"), { now, onSkip, check: checkToken });
  const ca = createReloadingFile(join(dir, "ca.crt"), { now, onSkip, check: checkAuthorities });
  return {
    source: "the mounted service account",
    server: new URL(
      `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
    ),
    credentials: async (options) => ({
      ca: await ca.text(options),
      serverName: undefined,
      verify: true,
      certificate: undefined,
      key: undefined,
      headers: { authorization: `Bearer ${(await token.text(options)).trim()}` },
    }),
  };
}
