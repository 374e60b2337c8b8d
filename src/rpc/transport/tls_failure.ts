/**
 * Why a connection came to no call: its TLS handshake failed, or what it spoke after that is not HTTP/2.
 *
 * @module
 */

import type { TLSSocket } from "node:tls";
import type { TransportLimitName } from "./refusal.ts";

/** A connection that failed. */
export interface TlsFailure {
  /** What failed, as the log has it. */
  readonly message: "TLS handshake failed" | "HTTP/2 connection failed";
  /** The client's address; undefined when it has gone. */
  readonly address: string | undefined;
  /** The TLS stack's reason. */
  readonly reason: string;
  /** What is often behind it. */
  readonly advice?: string | undefined;
  /** The limit that was reached, where it was one. */
  readonly limit?: TransportLimitName | undefined;
}

/** The connection below a TLS socket, which still has its address when that socket has been destroyed. */
interface TlsSocketParts {
  readonly _parent?: { readonly remoteAddress?: string; readonly bytesRead?: number } | null;
}

/**
 * The failure that a server's `tlsClientError` event tells of; undefined for a connection that closed before it sent a
 * byte, as probes of the port do.
 */
export function tlsFailure(error: Error, socket: TLSSocket): TlsFailure | undefined {
  const connection = (socket as unknown as TlsSocketParts)._parent;
  if (!connection?.bytesRead) return undefined;
  const { code } = error as { readonly code?: string };
  // rustls refuses a certificate without a reason that reaches this event.
  const isCut = code === "ECONNRESET";
  return {
    message: "TLS handshake failed",
    address: connection.remoteAddress,
    reason: isCut ? "the connection ended in the handshake" : error.message,
    advice: ADVICE[code ?? ""],
  };
}

/** The failure that a server's `sessionError` event tells of; undefined for an end that is no fault of the client's. */
export function protocolFailure(
  error: Error,
  { address }: { readonly address: string | undefined },
): TlsFailure | undefined {
  if ((error as { readonly code?: string }).code !== "ERR_HTTP2_ERROR") return undefined;
  return { message: "HTTP/2 connection failed", address, reason: error.message };
}

/** The failure that a server's `unknownProtocol` event tells of: a client that has not agreed on HTTP/2. */
export function alpnFailure({ remoteAddress }: TLSSocket): TlsFailure {
  return {
    message: "HTTP/2 connection failed",
    address: remoteAddress,
    reason: "the client has not agreed on h2",
    advice: "Have the client offer h2 by ALPN, as gRPC libraries do",
  };
}

/** The failure of a connection that resumes a session of a client who may have lost the right to connect. */
export function sessionFailure({ remoteAddress }: TLSSocket): TlsFailure {
  return {
    message: "TLS handshake failed",
    address: remoteAddress,
    reason: "the session that it resumes began before an authority was taken out of tls.ca-file, or has expired",
    advice: "None, if the client connects at its next try; otherwise give it a certificate that tls.ca-file has signed",
  };
}

const ADVICE: Readonly<Record<string, string>> = {
  ECONNRESET:
    "Check that tls.ca-file has signed the client's certificate, that it is for clients, of X.509 version 3, " +
    "and has not expired",
  ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE: "Give the client a certificate that tls.ca-file has signed",
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: "Give the client the authority that has signed tls.cert-file",
  ERR_SSL_WRONG_VERSION_NUMBER: "The client does not speak TLS",
};
