/**
 * The limits of connections and of what comes over them: those that are settings (`limits.*`), and those that are not.
 *
 * A limit is a setting where the right figure depends on who connects. The others bound what no client of gRPC's ever
 * does; `docs/security.md` has them as a table, which is made from this file.
 *
 * @module
 */

/** The limits that an operator may set. */
export interface TransportLimits {
  /** Connections that are open at a time, in all. */
  readonly maxConnections: number;
  /** Of these, connections of one address: fewer, so that others get in. */
  readonly maxConnectionsPerPeer: number;
  /** Milliseconds until the TLS handshake is over and HTTP/2 has begun. */
  readonly handshakeMs: number;
  /** Milliseconds after which a connection without a call is closed; 0: never. */
  readonly connectionIdleMs: number;
  /** Milliseconds after which a connection is closed, whatever is under way, give or take a tenth; 0: never. */
  readonly connectionAgeMs: number;
  /** Milliseconds in which a request has to come whole. */
  readonly requestMs: number;
  /** Requests of all connections that have not come whole. */
  readonly maxUnfinishedRequests: number;
  /** Open streams of a connection. */
  readonly maxStreamsPerConnection: number;
  /** Bytes of the metadata of a call, as HTTP/2 counts them: with 32 for each entry. */
  readonly maxMetadataBytes: number;
}

/** The settings' defaults. */
export const DEFAULT_TRANSPORT_LIMITS: TransportLimits = {
  maxConnections: 1_000,
  maxConnectionsPerPeer: 500,
  handshakeMs: 10_000,
  connectionIdleMs: 1_800_000,
  connectionAgeMs: 0,
  requestMs: 30_000,
  maxUnfinishedRequests: 4_000,
  maxStreamsPerConnection: 10_000,
  maxMetadataBytes: 64 * 1024,
};

/** A limit that is no setting. */
export interface FixedLimit {
  /** The figure. */
  readonly value: number;
  /** What it counts. */
  readonly of: string;
  /** Why it is this one, and nobody has to set it. */
  readonly why: string;
}

/** Every limit of a connection that is no setting. */
export const FIXED_LIMITS = {
  resetBurst: {
    value: 1_000,
    of: "streams of a connection that are reset before they are answered, at once",
    why: "A page of a hundred tails that is left ten times in a row.",
  },
  resetsPerSecond: {
    value: 200,
    of: "the same, a second",
    why: "Twice what the busiest client does.",
  },
  controlBurst: {
    value: 100_000,
    of: "PING and SETTINGS frames of a connection, at once",
    why: "A minute of a client that measures its line.",
  },
  controlsPerSecond: {
    value: 5_000,
    of: "the same, a second",
    why: "A client that measures its line sends one each round trip, five in a millisecond at most.",
  },
  unreadAnswers: {
    value: 1_000,
    of: "PING and SETTINGS frames whose answers wait to be read; then nothing is read from the client",
    why: "Each answer that waits takes 300 bytes.",
  },
  unreadBytes: {
    value: 1024 * 1024,
    of: "bytes of a connection that wait to be read; then nothing is read from the client",
    why: "Four times what streams leave there.",
  },
  unreadListBytes: {
    value: 64 * 1024 * 1024,
    of: "bytes of answers of one message that a connection has not read when another such call is answered",
    why: "A client that reads never has so many.",
  },
  stuckMs: {
    value: 20_000,
    of: "milliseconds in which a client reads nothing while nothing is read from it",
    why: "As long as a PING may take.",
  },
  inboundBytes: {
    value: 16 * 1024 * 1024,
    of: "bytes of a connection that wait to be looked at",
    why: "A client that waits for its answers never sends so much.",
  },
  headerPairs: {
    value: 1_100,
    of: "metadata entries of a call",
    why: "Somebody in a thousand groups.",
  },
  silenceMs: {
    value: 60_000,
    of: "milliseconds of silence after which a client is asked for a PING",
    why: "A client that has vanished is gone within 90 seconds.",
  },
  silentAnswerMs: {
    value: 20_000,
    of: "milliseconds until the answer to that PING",
    why: "As gRPC has it.",
  },
  replaceAfterMs: {
    value: 10_000,
    of: "milliseconds after which a connection without a call makes place for a new one, where a limit is reached",
    why: "A client connects in order to call.",
  },
  retireMs: {
    value: 10_000,
    of: "milliseconds that calls may take to end when their connection has reached its age",
    why: "As `shutdown-grace`.",
  },
} as const satisfies Readonly<Record<string, FixedLimit>>;

/** The limits that are no settings, as a Markdown table. */
export function fixedLimitsTable(): string {
  const rows = Object.values(FIXED_LIMITS).map(({ value, of, why }) =>
    `| ${value.toLocaleString("en-US")} | ${of} | ${why} |`
  );
  return ["| at most | of what | why |", "|---:|---|---|", ...rows, ""].join("\n");
}
