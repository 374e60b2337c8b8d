/**
 * What a kubeconfig says to trust and to show.
 *
 * Promises kubectl's order where several things are given – data before files, a token file before a token – and that
 * files are read again when they change. A credential plug-in is run by the client library, which keeps its answer
 * until it runs out; that takes leave to run programs, which the agent in a cluster does not have and does not need.
 *
 * @module
 */
import type { RequestOptions } from "node:https";
import type { Cluster, User } from "@kubernetes/client-node/dist/config_types.js";
import { ExecAuth } from "@kubernetes/client-node/dist/exec_auth.js";
import { checkAuthorities, checkClientPair, checkToken, type ClientPair } from "./_pem.ts";
import { PLUG_IN_MS, plugInSpawn } from "./_plug_in_process.ts";
import { createReloadingFile, type ReloadingFileOptions, type TextOptions } from "./_reloading_file.ts";
import type { CredentialsOptions, KubeCredentials } from "./credentials.ts";
import { KubeConfigError } from "./errors.ts";

/** A user, with the key that the library passes over; the library gives `null` for what is not there. */
export interface UserEntry extends User {
  /** The path of a file with the token. */
  readonly tokenFile?: string | null;
}

/** The credentials of `user` on `cluster`, as they are at each call. */
export function kubeconfigCredentials(
  { cluster, user }: { readonly cluster: Cluster; readonly user: UserEntry },
  options: ReloadingFileOptions & { readonly plugInMs?: number | undefined },
): (wanted?: CredentialsOptions) => Promise<KubeCredentials> {
  const ca = material({ key: "certificate-authority-data", data: cluster.caData, path: cluster.caFile }, {
    ...options,
    check: checkAuthorities,
  });
  const certificate = material({ key: "client-certificate-data", data: user.certData, path: user.certFile }, options);
  const key = material({ key: "client-key-data", data: user.keyData, path: user.keyFile }, options);
  const pair = matchingPair({ certificate, key }, options);
  const token: Text = user.tokenFile
    ? createReloadingFile(user.tokenFile, { ...options, check: checkToken }).text
    : () => Promise.resolve(user.token);
  const { plugInMs = PLUG_IN_MS } = options;
  let plugIn = createPlugIn(plugInMs);

  async function authorization(wanted?: TextOptions): Promise<string | undefined> {
    const bearer = (await token(wanted))?.trim();
    if (bearer) return `Bearer ${bearer}`;
    return user.username ? `Basic ${btoa(`${user.username}:${user.password ?? ""}`)}` : undefined;
  }

  async function plugged(): Promise<RequestOptions> {
    const shown: RequestOptions = { headers: {} };
    if (!user.exec) return shown;
    try {
      await plugIn.applyAuthentication(user, shown);
      return shown;
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message.trim() : String(cause);
      throw new KubeConfigError(
        `Cannot run credential plug-in "${user.exec.command}": ${reason || "no reason given"}`,
        {
          cause,
        },
      );
    }
  }

  return async (wanted) => {
    // The library keeps what a plug-in has given until it runs out.
    if (wanted?.fresh === true) plugIn = createPlugIn(plugInMs);
    const fromPlugIn = await plugged();
    const shown = new Headers(fromPlugIn.headers as Record<string, string>).get("authorization") ??
      await authorization(wanted);
    const own = fromPlugIn.cert === undefined ? await pair(wanted) : undefined;
    return {
      ca: await ca(wanted),
      serverName: cluster.tlsServerName,
      verify: !cluster.skipTLSVerify,
      certificate: fromPlugIn.cert?.toString() ?? own?.certificate,
      key: fromPlugIn.key?.toString() ?? own?.key,
      headers: {
        ...(shown === undefined ? {} : { authorization: shown }),
        ...(user.impersonateUser ? { "impersonate-user": user.impersonateUser } : {}),
      },
    };
  };
}

/** The library's plug-in, whose process has an end. */
function createPlugIn(limitMs: number): ExecAuth {
  // Declared private there, and a field that its own tests set.
  return Object.assign(new ExecAuth(), { execFn: plugInSpawn({ limitMs }) });
}

/** A text as it is now, if there is one. */
type Text = (wanted?: TextOptions) => Promise<string | undefined>;

/**
 * A certificate and its key, which others replace one after the other: a pair that does not match is not taken while
 * there is an earlier one.
 */
function matchingPair(
  { certificate, key }: { readonly certificate: Text; readonly key: Text },
  { onSkip }: ReloadingFileOptions,
): (wanted?: TextOptions) => Promise<ClientPair> {
  let good: ClientPair | undefined;
  let reported: ClientPair | undefined;
  const isSame = (a: ClientPair, b: ClientPair | undefined): boolean =>
    a.certificate === b?.certificate && a.key === b?.key;
  return async (wanted) => {
    const pair = { certificate: await certificate(wanted), key: await key(wanted) };
    if (isSame(pair, good)) return pair;
    try {
      checkClientPair(pair);
    } catch (error) {
      if (good === undefined) throw error;
      if (!isSame(pair, reported)) onSkip(`Going on with the earlier client certificate: ${String(error)}`);
      reported = pair;
      return good;
    }
    return good = pair;
  };
}

/** PEM text, as base64 or in a file, or not at all. */
interface Material {
  /** The name of what holds the base64. */
  readonly key: string;
  readonly data: string | null | undefined;
  readonly path: string | null | undefined;
}

function material({ key, data, path }: Material, options: ReloadingFileOptions): Text {
  if (data) {
    const text = decoded(data, key);
    return () => Promise.resolve(text);
  }
  return path ? createReloadingFile(path, options).text : () => Promise.resolve(undefined);
}

function decoded(data: string, key: string): string {
  try {
    return atob(data);
  } catch (cause) {
    throw new KubeConfigError(`Cannot decode ${key}: not base64`, { cause });
  }
}
