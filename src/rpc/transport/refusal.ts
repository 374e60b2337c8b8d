/**
 * What is refused because a limit of connections is reached.
 *
 * @module
 */
import type { PeerIdentity } from "./credentials.ts";

/** A limit by its name in metrics; for a setting it is the setting's name, without `limits.` and with `_` for `-`. */
export type TransportLimitName =
  | "connections"
  | "connections_per_peer"
  | "handshake_time"
  | "request_time"
  | "unfinished_requests"
  | "streams_per_connection"
  | "metadata_size"
  | "message_size"
  | "resets"
  | "pings"
  | "unread_answers"
  | "unread_bytes"
  | "waiting_bytes";

/** Something that was refused. */
export interface Refusal {
  /** The limit that is reached. */
  readonly limit: TransportLimitName;
  /** Whom it came from. */
  readonly peer: PeerIdentity;
  /** What was refused and why; names the limit, and is the caller's text where there is a call. */
  readonly reason: string;
}

/** Takes what is over a limit. */
export type OnLimit = (refusal: Refusal) => void;
