/**
 * One request as it is put: who is asked, whom to trust, what is shown; and what becomes of it until an answer begins.
 *
 * @module
 */
import http from "node:http";
import https from "node:https";
import { abortable } from "../scheduling/abortable.ts";
import type { CredentialsOptions, KubeConfig, KubeCredentials } from "./credentials.ts";
import { KubeRequestError } from "./errors.ts";
import type { KubeRequest } from "./kube_request.ts";

/** A request on its way. */
export interface Outgoing {
  /** What it was made with. */
  readonly credentials: KubeCredentials;
  /** Resolves when an answer begins; rejects when the connection fails before. */
  readonly response: Promise<http.IncomingMessage>;
  /** Rejects when the connection fails, be it in the middle of the answer. */
  readonly failed: Promise<never>;
  /** Reports whether `error` is a connection that broke before an answer began, and had served another request. */
  brokeOnKept(error: unknown): boolean;
  /** Ends it, and its connection. */
  destroy(): void;
}

/** How a request is put. */
export interface OutgoingOptions {
  /** Where to. */
  readonly config: KubeConfig;
  /** The connections. */
  readonly agent: http.Agent;
}

/** What the platform says of a connection that the other side has closed or reset. */
const BROKEN: readonly unknown[] = ["ECONNRESET", "EPIPE", "ECONNABORTED"];

/** Puts a request. */
export async function begin(request: KubeRequest, { config, agent }: OutgoingOptions): Promise<Outgoing> {
  const { signal, accept = "application/json", bearer } = request;
  signal.throwIfAborted();
  const credentials = await abortable(credentialsOf(config), { signal });
  const body = request.body === undefined ? undefined : JSON.stringify(request.body);
  const options = {
    ...target(config.server, request),
    ...trust(credentials),
    ...(bearer === undefined ? ownIdentity(credentials) : {}),
    agent,
    headers: {
      accept,
      "user-agent": "cluster-agent",
      ...(body === undefined ? {} : { "content-type": "application/json", "content-length": byteLength(body) }),
      ...(bearer === undefined ? credentials.headers : { authorization: `Bearer ${bearer}` }),
    },
  };
  const response = Promise.withResolvers<http.IncomingMessage>();
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => {}); // It may come when nobody waits for it any more.
  const outgoing = started(() => (config.server.protocol === "http:" ? http : https).request(options));
  let wasKept = false;
  outgoing.on("socket", () => {
    wasKept = outgoing.reusedSocket;
    // The platform sends a request once more, unasked, when a used connection breaks under it. Whether a request may be
    // put twice is for those to say who put it.
    outgoing.reusedSocket = false;
  });
  outgoing.on("response", response.resolve);
  outgoing.on("error", (cause) => {
    const error = unreachable(cause);
    response.reject(error);
    failed.reject(error);
  });
  outgoing.end(body);
  return {
    credentials,
    response: response.promise,
    failed: failed.promise,
    brokeOnKept: (error) => wasKept && error instanceof KubeRequestError && isBreak(error.cause),
    destroy: () => void outgoing.destroy(),
  };
}

function isBreak(cause: unknown): boolean {
  return cause instanceof Error && BROKEN.includes((cause as Error & { readonly code?: unknown }).code);
}

/**
 * Reports whether this program's own identity has been replaced since `shown` was read: tokens and certificates are
 * read anew.
 */
export async function isReplaced(shown: KubeCredentials, config: KubeConfig): Promise<boolean> {
  const { headers, certificate, key } = await credentialsOf(config, { fresh: true });
  return headers["authorization"] !== shown.headers["authorization"] || certificate !== shown.certificate ||
    key !== shown.key;
}

async function credentialsOf(config: KubeConfig, options?: CredentialsOptions): Promise<KubeCredentials> {
  try {
    return await config.credentials(options);
  } catch (cause) {
    throw new KubeRequestError("Cannot read credentials for the API server", {
      failure: "unreachable",
      cause,
    });
  }
}

/** A missing permission or a header that cannot be sent is told at once, not by an event. */
function started(start: () => http.ClientRequest): http.ClientRequest {
  try {
    return start();
  } catch (cause) {
    throw unreachable(cause);
  }
}

function target(server: URL, request: KubeRequest): https.RequestOptions {
  return {
    method: request.method,
    host: server.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: server.port || (server.protocol === "http:" ? 80 : 443),
    path: server.pathname.replace(/\/$/, "") + request.path,
  };
}

function trust({ ca, serverName, verify }: KubeCredentials): https.RequestOptions {
  return {
    // NODE_TLS_REJECT_UNAUTHORIZED and NODE_OPTIONS would choose otherwise.
    rejectUnauthorized: verify,
    minVersion: "TLSv1.2",
    maxVersion: "TLSv1.3",
    // Without a list, or with an empty text, the platform's authorities would be taken; that also needs a permission.
    ...(ca !== undefined ? { ca: [ca] } : verify ? {} : { ca: [] }),
    ...(serverName === undefined ? {} : { servername: serverName }),
  };
}

function ownIdentity({ certificate, key }: KubeCredentials): https.RequestOptions {
  return certificate === undefined || key === undefined ? {} : { cert: certificate, key };
}

/** A connection that could not be made, or broke. */
export function unreachable(cause: unknown): KubeRequestError {
  return new KubeRequestError("Cannot reach the API server", { failure: "unreachable", cause });
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
