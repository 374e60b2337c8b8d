/**
 * What can be set: the one table of keys, with their kinds and defaults, and the shape that the rest of the agent
 * gets. How the values are found is `read_settings.ts`.
 * @module
 */

import type { Address } from "./address.ts";
import {
  address,
  count,
  duration,
  flag,
  folder,
  folders,
  format,
  interval,
  type Kind,
  type Level,
  level,
  memory,
  names,
  oneOf,
  path,
  positiveDuration,
} from "./kinds.ts";

/** Everything that can be set, checked. */
export interface Settings {
  /** Where to listen. */
  readonly addr: Address;
  /** The folder with one link per container log. */
  readonly containerLogsDir: string;
  /** The folders outside of which no log is opened, wherever links lead; at least one. */
  readonly logRoots: readonly string[];
  /** What is written to stdout. */
  readonly logging: {
    readonly enabled: boolean;
    readonly level: Level;
    readonly format: "json" | "pretty";
  };
  /** Where the state of the program is told. */
  readonly metrics: {
    /** The plain-HTTP address; without it there is none. */
    readonly addr?: Address;
  };
  /** Certificates, and which clients they let in. */
  readonly tls: {
    readonly certFile: string;
    readonly keyFile: string;
    /** Always there when `clientAuth` is `require-and-verify`. */
    readonly caFile?: string;
    /** Empty: any verified name. */
    readonly allowedNames: readonly string[];
    readonly clientAuth: "require-and-verify" | "none";
  };
  /** Who is asking: whom the proxy in front names, or the holder of a token. */
  readonly authorization: { readonly mode: "proxy" | "token" };
  /** Empty: no limit. */
  readonly allowedNamespaces: readonly string[];
  /** Whether rotated files of a log are read as well. */
  readonly history: boolean;
  /** How long a stream goes on before its caller's access is reviewed again. */
  readonly reviewMs: number;
  /** How long a stream goes on after its last review while none can be put; not less than `reviewMs`. */
  readonly staleAfterMs: number;
  /** What callers and their connections may hold; past a limit they are refused. */
  readonly limits: {
    /** Open streams of one caller. */
    readonly streamsPerIdentity: number;
    /** As in `TransportLimits`; 0 for no idle time and no age. */
    readonly maxConnections: number;
    readonly maxConnectionsPerPeer: number;
    readonly handshakeMs: number;
    readonly connectionIdleMs: number;
    readonly connectionAgeMs: number;
    readonly requestMs: number;
    readonly maxUnfinishedRequests: number;
    readonly maxStreamsPerConnection: number;
    readonly maxMetadataBytes: number;
    /** Bytes of logs that clients have not taken. */
    readonly bytesInFlight: number;
    /** How long the client of a stream of stored records may take nothing. */
    readonly stalledStreamMs: number;
  };
  /** How long open calls may take to end after a signal to stop. */
  readonly shutdownGraceMs: number;
}

/** One key of a configuration file. */
export interface Setting<T> {
  /** What values it takes. */
  readonly kind: Kind<T>;
  /** What it is without being set, as a file would say it; undefined when it must be set or depends on others. */
  readonly fallback: unknown;
  /** The default in words, where `fallback` cannot say it. */
  readonly fallbackText?: string;
  /** One line on what it does. */
  readonly doc: string;
}

function setting<T>(kind: Kind<T>, rest: Omit<Setting<T>, "kind">): Setting<T> {
  return { kind, ...rest };
}

/** Every key, by its dotted name. */
export const SETTINGS = {
  "addr": setting(address, {
    fallback: "[::]:50051",
    doc: "Where to listen; `:50051` is every address of the machine.",
  }),
  "container-logs-dir": setting(folder, {
    fallback: "/var/log/containers",
    doc: "The folder in which the kubelet keeps one link per container log.",
  }),
  "log-roots": setting(folders, {
    fallback: undefined,
    fallbackText: "`container-logs-dir`, `pods` beside it, `/var/lib/docker/containers`",
    doc: "No log outside of these folders is opened, wherever links lead.",
  }),
  "logging.enabled": setting(flag, {
    fallback: true,
    doc: "Whether anything is logged at all.",
  }),
  "logging.level": setting(level, {
    fallback: "info",
    doc: "The least serious lines that are logged.",
  }),
  "logging.format": setting(format, {
    fallback: "json",
    doc: "One JSON object per line, or a line for people.",
  }),
  "metrics.addr": setting(address, {
    fallback: undefined,
    fallbackText: "no such address",
    doc: "Where to serve `/metrics`, `/livez` and `/readyz`, by plain HTTP and to everybody.",
  }),
  "tls.cert-file": setting(path, {
    fallback: undefined,
    fallbackText: "required",
    doc: "The server's certificate and its chain, PEM.",
  }),
  "tls.key-file": setting(path, {
    fallback: undefined,
    fallbackText: "required",
    doc: "The key of that certificate, PEM.",
  }),
  "tls.ca-file": setting(path, {
    fallback: undefined,
    fallbackText: "required, unless `tls.client-auth` is `none`",
    doc: "The authorities whose client certificates are accepted, PEM.",
  }),
  "tls.allowed-names": setting(names, {
    fallback: [],
    doc: "Common names of the clients that may forward identities; empty: any verified one.",
  }),
  "tls.client-auth": setting(oneOf("require-and-verify", "none"), {
    fallback: "require-and-verify",
    doc: "Whether clients need a certificate; `none` only with `authorization.mode: token`.",
  }),
  "authorization.mode": setting(oneOf("proxy", "token"), {
    fallback: "proxy",
    doc:
      "Who is asking: `proxy` believes the `x-remote-*` metadata of a verified client, `token` asks the API server about the caller's token.",
  }),
  "allowed-namespaces": setting(names, {
    fallback: [],
    doc: "Logs of other namespaces are refused, whatever the caller may see; empty: no limit.",
  }),
  "history": setting(flag, {
    fallback: true,
    doc: "Whether a log's rotated files are read as well, plain and compressed.",
  }),
  "authorization.review-interval": setting(interval, {
    fallback: 300,
    doc: "How long a stream goes on before its caller's access is reviewed again: seconds, or `10s`, `2m`.",
  }),
  "authorization.stale-after": setting(interval, {
    fallback: undefined,
    fallbackText: "`30m`, or `authorization.review-interval` where that is longer",
    doc: "How long after its last review a stream goes on while the API server cannot be asked.",
  }),
  "limits.streams-per-identity": setting(count, {
    fallback: 4096,
    doc: "Open streams and lists of one user, or of the bearer of one token; more get RESOURCE_EXHAUSTED.",
  }),
  "limits.connections": setting(count, {
    fallback: 1_000,
    doc: "Connections at a time; one costs about 60 KB. More are refused, unless another one has no call.",
  }),
  "limits.connections-per-peer": setting(count, {
    fallback: 500,
    doc: "Connections of one address at a time; less than `limits.connections`, so that others get in.",
  }),
  "limits.handshake-time": setting(positiveDuration, {
    fallback: 10,
    doc: "How long a connection may take until its TLS handshake is over and HTTP/2 has begun.",
  }),
  "limits.connection-idle": setting(duration, {
    fallback: "30m",
    doc: "How long a connection stays without a call; `0` for ever. The client connects again when it calls.",
  }),
  "limits.connection-age": setting(duration, {
    fallback: 0,
    doc: "How long a connection stays, give or take a tenth; then its streams end UNAVAILABLE. `0` for ever.",
  }),
  "limits.request-time": setting(positiveDuration, {
    fallback: 30,
    doc: "How long a request may take to come whole.",
  }),
  "limits.unfinished-requests": setting(count, {
    fallback: 4_000,
    doc: "Requests of all connections that have not come whole; beyond that the oldest is refused.",
  }),
  "limits.streams-per-connection": setting(count, {
    fallback: 10_000,
    doc: "Open calls of one connection; a proxy has the calls of all its users on one.",
  }),
  "limits.metadata-size": setting(count, {
    fallback: 65_536,
    doc: "Bytes of a call's metadata, with 32 for each entry, as HTTP/2 counts them.",
  }),
  "limits.bytes-in-flight": setting(memory, {
    fallback: "32Mi",
    doc: "Bytes of logs that clients have not taken, from which on each stream adds the least that it can.",
  }),
  "limits.stalled-stream": setting(interval, {
    fallback: "5m",
    doc: "How long the client of a stream may take nothing before it ends with RESOURCE_EXHAUSTED; not of a follow.",
  }),
  "shutdown-grace": setting(duration, {
    fallback: 10,
    doc: "How long open calls may take to end after SIGTERM: seconds, or `500ms`, `10s`, `2m`.",
  }),
} as const satisfies Readonly<Record<string, Setting<unknown>>>;

/** The dotted name of a setting. */
export type SettingKey = keyof typeof SETTINGS;

/** What the value of a setting becomes. */
export type SettingValue<K extends SettingKey> = typeof SETTINGS[K] extends Setting<infer T> ? T : never;

/** Whether a dotted name is that of a setting. */
export function isSettingKey(key: string): key is SettingKey {
  return Object.hasOwn(SETTINGS, key);
}

/** All keys as a Markdown table, for `docs/configuration.md`. */
export function settingsTable(): string {
  const rows = Object.entries(SETTINGS).map((
    [key, { kind, fallback, fallbackText, doc }]: [string, Setting<unknown>],
  ) => `| \`${key}\` | ${kind.allowed} | ${fallbackText ?? `\`${textOf(fallback)}\``} | ${doc} |`);
  return ["| key | values | default | |", "|---|---|---|---|", ...rows, ""]
    .join("\n");
}

function textOf(fallback: unknown): string {
  return typeof fallback === "string" ? fallback : JSON.stringify(fallback);
}
