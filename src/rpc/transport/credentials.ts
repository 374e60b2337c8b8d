/**
 * TLS: what the server shows, whom it lets in, and who a connection's peer is.
 *
 * Certificate and authorities can be replaced while the server runs: new connections get the new ones, open ones stay.
 * What cannot be served is refused before, and what was there goes on. Protocol versions are TLS 1.2 and 1.3, whatever
 * the environment says, with `h2` by ALPN. Who may do what is not decided here, and no file is read.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { PeerCertificate, SecureContextOptions } from "node:tls";
import { ServerCredentials } from "@grpc/grpc-js";
import { type Authorities, CredentialFileError, type ServerCertificate } from "./pem.ts";
import { ResumedSessions, type SessionSocket } from "./resumed_sessions.ts";
import { tryHandshake } from "./trial_handshake.ts";

/** What the server shows, and whom it lets in. */
export interface TlsIdentity {
  /** Its certificate. */
  readonly certificate: ServerCertificate;
  /**
   * Only clients whose certificate one of these has signed get a connection.
   *
   * @default clients are not asked for a certificate
   */
  readonly authorities?: Authorities | undefined;
}

/** Makes credentials, after a trial; rejects with {@linkcode CredentialFileError} when they cannot be served. */
export async function createCredentials(identity: TlsIdentity): Promise<AgentCredentials> {
  await tryToServe(identity);
  return new AgentCredentials(identity);
}

/** The credentials of a server, which can be replaced. */
export class AgentCredentials extends ServerCredentials {
  readonly #sessions = new ResumedSessions();
  #identity: TlsIdentity;

  /** `identity` has passed a trial. */
  constructor(identity: TlsIdentity) {
    super({ requestCert: identity.authorities !== undefined }, contextOf(identity));
    this.#identity = identity;
  }

  /** Shows another certificate to new connections; rejects when it cannot be served, and changes nothing. */
  async useCertificate(certificate: ServerCertificate): Promise<void> {
    await this.#use({ ...this.#identity, certificate });
  }

  /** Lets in the clients of other authorities; rejects when these cannot be served, and changes nothing. */
  async useAuthorities(authorities: Authorities): Promise<void> {
    const earlier = this.#identity.authorities;
    if (earlier === undefined) throw new TypeError("Cannot use authorities: clients need no certificate");
    await this.#use({ ...this.#identity, authorities });
    if (!earlier.fingerprints.isSubsetOf(authorities.fingerprints)) this.#sessions.authorityRemoved();
  }

  /** Takes each TCP connection before its handshake. */
  begin(tcp: object): void {
    this.#sessions.begin(tcp);
  }

  /** Reports whether a connection whose handshake is over may go on, see `resumed_sessions.ts`. */
  accepts(socket: SessionSocket, { tcp }: { readonly tcp: object | undefined }): boolean {
    return this.#identity.authorities === undefined || this.#sessions.accepts(socket, { tcp });
  }

  /** What grpc-js asks before it opens an address a second time. */
  override _equals(other: ServerCredentials): boolean {
    return other === this;
  }

  async #use(identity: TlsIdentity): Promise<void> {
    await tryToServe(identity);
    this.updateSecureContextOptions(contextOf(identity));
    this.#identity = identity;
  }
}

async function tryToServe(identity: TlsIdentity): Promise<void> {
  try {
    await tryHandshake(contextOf(identity), { requestCert: identity.authorities !== undefined });
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new CredentialFileError(`Cannot serve the certificate and authorities: ${detail}`, { cause: error });
  }
}

function contextOf({ certificate: { chain, key }, authorities }: TlsIdentity): SecureContextOptions {
  return {
    cert: chain,
    key,
    // Not undefined: Deno would ask clients for a certificate of one of the machine's authorities.
    ca: authorities?.certificates ?? Buffer.alloc(0),
    // NODE_OPTIONS would choose otherwise.
    minVersion: "TLSv1.2",
    maxVersion: "TLSv1.3",
  };
}

/** Whom a connection, and every call on it, comes from, as far as TLS has verified it. */
export interface PeerIdentity {
  /** Whether a certificate was shown and one of the authorities has signed it. */
  readonly hasCertificate: boolean;
  /** The first common name of the certificate's subject; undefined when it has none. */
  readonly commonName: string | undefined;
  /** The address that it comes from. */
  readonly address?: string | undefined;
}

/** The part of a TLS connection that tells of its peer. */
export interface PeerSocket {
  /** Whether the peer has shown a certificate that one of the authorities has signed. */
  readonly authorized?: boolean;
  /** That certificate; empty when none was asked for, null when the connection is gone. */
  getPeerCertificate?(): PeerCertificate | null;
  /** The peer's address. */
  readonly remoteAddress?: string | undefined;
}

/** Whom a connection comes from. */
export function peerIdentity(socket: PeerSocket): PeerIdentity {
  const address = socket.remoteAddress === undefined ? {} : { address: socket.remoteAddress };
  const certificate = socket.authorized === true ? socket.getPeerCertificate?.() : undefined;
  // A client that was not asked counts as authorized, and its certificate is an object without anything in it.
  if (!certificate?.raw) return { hasCertificate: false, commonName: undefined, ...address };
  // Declared a string, but an array when the subject has several and undefined when it has none.
  const names: unknown = certificate.subject?.CN;
  const [first] = Array.isArray(names) ? names as unknown[] : [names];
  return { hasCertificate: true, commonName: typeof first === "string" ? first : undefined, ...address };
}
