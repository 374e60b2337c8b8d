/**
 * Why a TLS handshake failed, from what the TLS stack tells of it.
 *
 * @module
 */

import type { TLSSocket } from "node:tls";

/** A handshake that failed. */
export interface TlsFailure {
  /** The client's address; undefined when it has gone. */
  readonly address: string | undefined;
  /** The TLS stack's reason. */
  readonly reason: string;
  /** What is often behind it. */
  readonly advice?: string | undefined;
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
    address: connection.remoteAddress,
    reason: isCut ? "the connection ended in the handshake" : error.message,
    advice: ADVICE[code ?? ""],
  };
}

const ADVICE: Readonly<Record<string, string>> = {
  ECONNRESET:
    "Check that tls.ca-file has signed the client's certificate, and that it is for clients and has not expired",
  ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE: "Give the client a certificate that tls.ca-file has signed",
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: "Give the client the authority that has signed tls.cert-file",
  ERR_SSL_WRONG_VERSION_NUMBER: "The client does not speak TLS",
};
