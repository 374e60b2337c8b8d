/**
 * TLS: what the server shows, whom it lets in, and who a connection's peer is.
 *
 * The files are read once and checked here – readable, certificates where certificates are due, a key that fits –
 * because the TLS stack itself reports a fault only when the first client connects, and without the file's name.
 * Protocol versions are what Deno offers: TLS 1.2 and 1.3, with `h2` by ALPN. Who may do what is not decided here.
 *
 * @module
 */

import { createPrivateKey, X509Certificate } from "node:crypto";
import { Buffer } from "node:buffer";
import type { PeerCertificate } from "node:tls";
import { ServerCredentials } from "@grpc/grpc-js";

/** The bundle of all public authorities has 220 KB. */
const MAX_PEM_BYTES = 2 ** 20;

/** Where the PEM files are, and whether clients must show a certificate. */
export interface CredentialFiles {
  /** The server's certificate, followed by intermediate ones. */
  readonly certFile: string;
  /** Its private key. */
  readonly keyFile: string;
  /** The authorities that may sign client certificates; needed unless `clientAuth` is "none". */
  readonly caFile?: string | undefined;
  /**
   * "require": only clients whose certificate one of the authorities has signed get a connection.
   * "none": clients are not asked for a certificate.
   *
   * @default "require"
   */
  readonly clientAuth?: "require" | "none" | undefined;
}

/** A file that does not hold what TLS needs; the message names it. */
export class CredentialFileError extends TypeError {
  /** The class, as an error log shows it. */
  override readonly name = "CredentialFileError";
}

/** Reads the files into credentials for the server; rejects with {@linkcode CredentialFileError}. */
export async function readServerCredentials(files: CredentialFiles): Promise<ServerCredentials> {
  const { certFile, keyFile, caFile, clientAuth = "require" } = files;
  const [chain, key] = await Promise.all([readPem(certFile, "certificate file"), readPem(keyFile, "key file")]);
  const [leaf] = parseCertificates(chain, certFile);
  if (!fits(key, leaf, keyFile)) {
    throw new CredentialFileError(
      `Cannot use key file "${keyFile}": it does not belong to the certificate in "${certFile}"`,
    );
  }
  // Not null: grpc-js would take the roots of the machine, and Deno would ask clients for a certificate of one of
  // those.
  let authorities: Buffer = Buffer.alloc(0);
  if (clientAuth === "require") {
    if (caFile === undefined) throw new CredentialFileError("Cannot require client certificates: no CA file is given");
    authorities = await readPem(caFile, "CA file");
    parseCertificates(authorities, caFile);
  }
  return ServerCredentials.createSsl(authorities, [{ private_key: key, cert_chain: chain }], clientAuth === "require");
}

async function readPem(path: string, what: string): Promise<Buffer> {
  try {
    const { size } = await Deno.stat(path);
    if (size > MAX_PEM_BYTES) throw new Error(`it has ${size} bytes, at most ${MAX_PEM_BYTES} are allowed`);
    return Buffer.from(await Deno.readFile(path));
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new CredentialFileError(`Cannot read ${what} "${path}": ${detail}`, { cause: error });
  }
}

const certificatePattern = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

function parseCertificates(pem: Buffer, path: string): [X509Certificate, ...X509Certificate[]] {
  const [first, ...rest] = pem.toString("latin1").match(certificatePattern) ?? [];
  if (first === undefined) throw new CredentialFileError(`Cannot use "${path}": no certificate in it`);
  try {
    return [new X509Certificate(first), ...rest.map((text) => new X509Certificate(text))];
  } catch (error) {
    throw new CredentialFileError(`Cannot use "${path}": a certificate in it cannot be parsed`, { cause: error });
  }
}

function fits(key: Buffer, leaf: X509Certificate, path: string): boolean {
  try {
    return leaf.checkPrivateKey(createPrivateKey(key));
  } catch (error) {
    throw new CredentialFileError(`Cannot use key file "${path}": no private key that can be read`, { cause: error });
  }
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
