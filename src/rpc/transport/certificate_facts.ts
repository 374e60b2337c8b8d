/**
 * What a certificate says of itself, as an operator is told, and as clients judge it.
 *
 * @module
 */
import type { X509Certificate } from "node:crypto";

/** One certificate. */
export interface CertificateFacts {
  /** Whose it is, as `O=Example, CN=agent`. */
  readonly subject: string;
  /** Who has signed it. */
  readonly issuer: string;
  /** DNS names and IP addresses that it is for. */
  readonly names: readonly string[];
  /** From when on it holds, in milliseconds since 1970. */
  readonly notBefore: number;
  /** Until when, in milliseconds since 1970. */
  readonly notAfter: number;
  /** Whether it may sign others. */
  readonly isAuthority: boolean;
  /** Whether clients accept it from a server: its extended key usage, if it has one, has serverAuth in it. */
  readonly isForServers: boolean;
}

/** Reads a certificate. */
export function factsOf(certificate: X509Certificate): CertificateFacts {
  const { subject, issuer, subjectAltName, validFrom, validTo, ca, raw } = certificate;
  return {
    subject: nameText(subject),
    issuer: nameText(issuer),
    names: (subjectAltName ?? "").split(", ").map((name) => name.replace(/^(DNS|IP Address):/, "")).filter(Boolean),
    notBefore: Date.parse(validFrom),
    notAfter: Date.parse(validTo),
    isAuthority: ca,
    isForServers: isForServers(raw),
  };
}

function nameText(lines: string): string {
  return lines.trim().split("\n").join(", ") || "(no name)";
}

/** RFC 5280, 4.2.1.12: the identifier of the extension, and of two purposes. The platform names neither. */
const EXTENDED_KEY_USAGE = "0603551d25";
const SERVER_AUTH = "06082b06010505070301";
const ANY_PURPOSE = "0604551d2500";

function isForServers(der: Uint8Array): boolean {
  const hex = new Uint8Array(der).toHex();
  let at = hex.indexOf(EXTENDED_KEY_USAGE);
  if (at < 0) return true;
  at += EXTENDED_KEY_USAGE.length;
  // A critical extension has a BOOLEAN here.
  if (hex.startsWith("0101ff", at)) at += 6;
  // An OCTET STRING; more than 127 bytes of purposes have their length in the bytes after.
  const length = parseInt(hex.slice(at + 2, at + 4), 16);
  const purposes = hex.slice(at, at + 4 + 2 * (length < 0x80 ? length : 512));
  return purposes.includes(SERVER_AUTH) || purposes.includes(ANY_PURPOSE);
}
