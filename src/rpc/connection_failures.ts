/**
 * The operator's lines about connections, and about calls that reach no handler: failed handshakes, connections that
 * are cut off, and what is over a limit.
 *
 * @module
 */
import { status as code } from "@grpc/grpc-js";
import { type LogFields, shownText } from "../telemetry/log.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { type FailureWriter, KEY_REASON_LENGTH, REASON_LENGTH, REFUSED, writeFailure } from "./_failure_line.ts";
import type { ConnectionCut } from "./transport/client_connection.ts";
import type { PeerIdentity } from "./transport/credentials.ts";
import type { Refusal } from "./transport/refusal.ts";
import type { RefusedStream } from "./transport/refused_stream.ts";
import type { TlsFailure } from "./transport/tls_failure.ts";

/** What is written with, and counted. */
export interface ConnectionFailureOptions extends FailureWriter {
  /** What is counted. */
  readonly metrics: Metrics;
}

/** The peer of a connection, in a line about it. */
function peerFields({ address = "unknown", commonName }: Pick<PeerIdentity, "address" | "commonName">): LogFields {
  return {
    address: shownText(address),
    ...(commonName === undefined ? {} : { client: shownText(commonName) }),
  };
}

/** Tells of a connection that failed in its TLS handshake or after it. */
export function tellTls(
  { message, address = "unknown", reason, advice, limit }: TlsFailure,
  options: ConnectionFailureOptions,
): void {
  const { metrics } = options;
  metrics.add("tls_failures_total");
  if (limit !== undefined) metrics.add("refused_total", 1, { limit });
  writeFailure(options, { kind: message, who: address, what: reason }, {
    message,
    fields: () => ({
      ...peerFields({ address, commonName: undefined }),
      reason: shownText(reason),
      ...(advice === undefined ? {} : { advice }),
    }),
  });
}

/** Tells of a connection that was cut off. */
export function tellCut({ cause, limit, peer }: ConnectionCut, options: ConnectionFailureOptions): void {
  const { metrics } = options;
  metrics.add("connections_cut_total");
  if (limit !== undefined) metrics.add("refused_total", 1, { limit });
  writeFailure(options, { kind: "connection cut", who: whoOf(peer), what: cause }, {
    message: "Connection cut off",
    fields: () => ({ ...peerFields(peer), reason: cause }),
  });
}

/** Tells of a call that reached no handler. */
export function tellRefused({ status, method, peer }: RefusedStream, options: ConnectionFailureOptions): void {
  const { metrics } = options;
  // Its client did not wait, or did not want to.
  if (status.code === code.CANCELLED || status.code === code.DEADLINE_EXCEEDED) return;
  metrics.add("calls_refused_total");
  // grpc-js has no other limit.
  if (status.code === code.RESOURCE_EXHAUSTED) metrics.add("refused_total", 1, { limit: "message_size" });
  const { address, commonName } = peer;
  const reason = shownText(status.details, REASON_LENGTH);
  const what = `${shownText(reason, KEY_REASON_LENGTH)} ${method}`;
  writeFailure(options, { kind: `${REFUSED} ${status.code}`, who: commonName ?? address, what }, {
    message: REFUSED,
    fields: () => ({
      code: code[status.code] ?? status.code,
      method: shownText(method),
      ...(commonName === undefined ? {} : { client: shownText(commonName) }),
      ...(address === undefined ? {} : { address }),
      reason,
    }),
  });
}

/** Tells of a connection or stream that is over a limit. */
export function tellLimit({ limit, reason, peer }: Refusal, options: ConnectionFailureOptions): void {
  options.metrics.add("refused_total", 1, { limit });
  const message = limit.startsWith("connections") ? "Connection refused" : "Limit reached";
  writeFailure(options, { kind: message, who: whoOf(peer), what: limit }, {
    message,
    fields: () => ({ ...peerFields(peer), reason: shownText(reason) }),
  });
}

/** What the lines of a peer are counted by. */
function whoOf({ address = "unknown", commonName }: PeerIdentity): string {
  return commonName ?? address;
}
