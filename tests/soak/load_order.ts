/**
 * What the thread or the process that makes a soak's load is told.
 *
 * @module
 */
import { services } from "../../src/rpc/descriptor.ts";
import type { ClientIdentity } from "../bench/client_protocol.ts";
import type { ContainerLog } from "../fakes/log_tree.ts";
import { grpcMessage } from "../support/raw_http2.ts";
import { recordsRequest } from "../support/records_request.ts";
import { STEP_PATTERN } from "./lines.ts";

const { logMetadata, logRecords } = services;

/** Kinds of streams. */
export const SLOT_KINDS = [
  "follow-end",
  "follow-end-grep",
  "follow-all",
  "follow-all-slow",
  "forward",
  "forward-slow",
  "forward-grep",
  "backward",
  "backward-grep",
  "list",
  "watch",
] as const;

/** A kind of stream. */
export type SlotKind = (typeof SLOT_KINDS)[number];

/** What to do. */
export interface SoakOrder {
  /** The agent's port. */
  readonly port: number;
  /** The certificate to show. */
  readonly identity: ClientIdentity;
  /** How many streams of each kind. */
  readonly kinds: Readonly<Partial<Record<SlotKind, number>>>;
  /** How many connections. */
  readonly connections: number;
  /** How many users. */
  readonly identities: number;
  /** How many logs. */
  readonly logs: number;
  /** For each kind the request for each log, with its head. */
  readonly requests: Readonly<Record<SlotKind, readonly Uint8Array[]>>;
  /** For each kind the path of its method. */
  readonly paths: Readonly<Record<SlotKind, string>>;
  /** The same seed makes the same choices. */
  readonly seed: number;
  /** How far the logs are; undefined where that cannot be read. */
  readonly progress?: SharedArrayBuffer;
  /** A follow may be so many lines behind for a while. */
  readonly mostLinesBehind: number;
  /** Whether streams may end with a loss, or be cut off, since their reader stands still at times. */
  readonly mayLose: boolean;
}

/** The path of each kind's method. */
export const soakPaths: SoakOrder["paths"] = Object.fromEntries(SLOT_KINDS.map((kind) => [
  kind,
  kind === "list"
    ? logMetadata.List.path
    : kind === "watch"
    ? logMetadata.Watch.path
    : kind.startsWith("backward")
    ? logRecords.StreamBackward.path
    : logRecords.StreamForward.path,
])) as Record<SlotKind, string>;

/** The requests of each kind for these logs. */
export function soakRequests(logs: readonly ContainerLog[]): SoakOrder["requests"] {
  return Object.fromEntries(
    SLOT_KINDS.map((kind) => [kind, logs.map((log) => Uint8Array.from(requestOf(kind, log)))]),
  ) as unknown as Record<
    SlotKind,
    readonly Uint8Array[]
  >;
}

function requestOf(kind: SlotKind, log: ContainerLog): Uint8Array {
  if (kind === "list") return grpcMessage(logMetadata.List.requestSerialize({ namespaces: [log.namespace] }));
  if (kind === "watch") return grpcMessage(logMetadata.Watch.requestSerialize({ namespaces: [] }));
  return grpcMessage(logRecords.StreamForward.requestSerialize(recordsRequest(log, {
    grep: kind.includes("grep") ? STEP_PATTERN : "",
    followFrom: kind.startsWith("follow-end") ? "END" : kind.startsWith("follow") ? "DEFAULT" : "NOOP",
  })));
}
