/**
 * Checks of certificates, keys and tokens before the platform gets them.
 *
 * The platform's TLS takes any text in silence, and fails every connection with it. A list of authorities of which one
 * cannot be parsed is worse: it ends the process when a connection is made, with an error that nobody can catch.
 *
 * @module
 */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { KubeConfigError } from "./errors.ts";

const BEGIN = "-----BEGIN CERTIFICATE-----";
const END = "-----END CERTIFICATE-----";

/** Throws a `KubeConfigError` unless `pem` holds certificates, each of them complete; other text may stand between. */
export function checkAuthorities(pem: string): void {
  let count = 0;
  for (let start = pem.indexOf(BEGIN); start !== -1; start = pem.indexOf(BEGIN, start + BEGIN.length)) {
    const end = pem.indexOf(END, start);
    const text = end === -1 ? pem.slice(start) : pem.slice(start, end + END.length);
    parsed("certificate authority", () => new X509Certificate(text));
    count++;
  }
  if (count === 0) throw new KubeConfigError("Cannot parse certificate authority: not PEM");
}

/** A client's certificate and its key. */
export interface ClientPair {
  /** PEM, or nothing. */
  readonly certificate: string | undefined;
  /** PEM, or nothing. */
  readonly key: string | undefined;
}

/** Throws a `KubeConfigError` unless both are there and belong together, or both are missing. */
export function checkClientPair({ certificate, key }: ClientPair): void {
  if (certificate === undefined && key === undefined) return;
  if (certificate === undefined || key === undefined) {
    throw new KubeConfigError("Cannot use client certificate: certificate and key must both be given");
  }
  const leaf = parsed("client certificate", () => new X509Certificate(certificate));
  const secret = parsed("client key", () => createPrivateKey(key));
  if (!leaf.checkPrivateKey(secret)) {
    throw new KubeConfigError("Cannot use client certificate: the key belongs to another certificate");
  }
}

/** Throws a `KubeConfigError` for a token that no header can hold. */
export function checkToken(text: string): void {
  if (!/^[\x21-\x7e]+$/.test(text.trim())) throw new KubeConfigError("Cannot use token: it has odd characters");
}

function parsed<T>(what: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new KubeConfigError(`Cannot parse ${what}: not PEM`, { cause: error });
  }
}
