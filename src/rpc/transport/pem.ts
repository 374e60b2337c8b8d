/**
 * What the text of a PEM file holds, checked before TLS gets it: certificates where certificates are due, whole ones,
 * and a key that fits.
 *
 * The TLS stack itself reports a fault only when the first client connects, and without the file's name. Only the
 * blocks are taken: what stands before, between and after them may be anything, as comments, or the certificate in the
 * file of its key.
 *
 * @module
 */

import { createPrivateKey, X509Certificate } from "node:crypto";
import { type CertificateFacts, factsOf } from "./certificate_facts.ts";

/** The longest PEM file that is read, in bytes. The bundle of all public authorities has 220 KB. */
export const MAX_PEM_BYTES = 2 ** 20;

/** A PEM file. */
export interface PemFile {
  /** Its path, for messages. */
  readonly path: string;
  /** What it holds. */
  readonly text: string;
}

/** The server's certificate and its key. */
export interface ServerCertificate {
  /** The certificate, then intermediate ones, in PEM. */
  readonly chain: string;
  /** The key, in PEM. */
  readonly key: string;
  /** From when on it holds, in milliseconds since 1970: the last one of the chain to begin. */
  readonly notBefore: number;
  /** Until when it holds, in milliseconds since 1970: the first one of the chain to expire. */
  readonly notAfter: number;
  /** The certificate, and those of the file by which it leads to a root, without that. */
  readonly needed: readonly CertificateFacts[];
}

/** The authorities that may sign client certificates. */
export interface Authorities {
  /** Their certificates, in PEM. */
  readonly certificates: string;
  /** The fingerprint of each. */
  readonly fingerprints: ReadonlySet<string>;
  /** Until when all of them hold, in milliseconds since 1970. */
  readonly notAfter: number;
  /** Each of them. */
  readonly all: readonly CertificateFacts[];
}

/** A file that does not hold what TLS needs; the message names it. */
export class CredentialFileError extends TypeError {
  /** The class, as an error log shows it. */
  override readonly name = "CredentialFileError";
  /** From when on the file can be used, in milliseconds since 1970, where nothing else is wrong with it. */
  readonly holdsFrom: number | undefined;

  /** `message` follows the grammar of all messages. */
  constructor(message: string, options: ErrorOptions & { readonly holdsFrom?: number } = {}) {
    super(message, options);
    this.holdsFrom = options.holdsFrom;
  }
}

/** Returns a certificate with its key; throws {@linkcode CredentialFileError}. */
export function parseServerCertificate(cert: PemFile, key: PemFile): ServerCertificate {
  const chain = parseCertificates(cert);
  const keyPem = privateKeyOf(key);
  if (!fits(keyPem, chain.leaf, key.path)) {
    throw new CredentialFileError(
      `Cannot use key file "${key.path}": it does not belong to the certificate in "${cert.path}"`,
    );
  }
  const { text, notBefore, notAfter } = chain;
  return { chain: text, key: keyPem, notBefore, notAfter, needed: pathOf(chain).map(factsOf) };
}

/** Returns authorities; throws {@linkcode CredentialFileError}. */
export function parseAuthorities(file: PemFile): Authorities {
  const { text, all, notAfter } = parseCertificates(file);
  const fingerprints = new Set(all.map((it) => it.fingerprint256));
  return { certificates: text, fingerprints, notAfter, all: all.map(factsOf) };
}

/** Returns the certificate and those above it, as far as they are in the file and not roots. */
function pathOf({ leaf, all }: Certificates): readonly X509Certificate[] {
  const path = [leaf];
  for (let last = leaf; !last.checkIssued(last);) {
    const above = all.filter((it) => !path.includes(it) && last.checkIssued(it) && !it.checkIssued(it));
    // Of two of one name, as authorities have that sign each other, clients take the one that holds.
    const [longest] = above.sort((a, b) => Date.parse(b.validTo) - Date.parse(a.validTo));
    if (longest === undefined) break;
    path.push(longest);
    last = longest;
  }
  return path;
}

interface Certificates {
  readonly text: string;
  readonly leaf: X509Certificate;
  readonly all: readonly X509Certificate[];
  readonly notBefore: number;
  readonly notAfter: number;
}

const certificateBegin = /-----BEGIN CERTIFICATE-----/g;
const certificateBlock = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

function parseCertificates({ path, text }: PemFile): Certificates {
  const blocks = text.match(certificateBlock) ?? [];
  const begun = text.match(certificateBegin)?.length ?? 0;
  if (begun > blocks.length) throw new CredentialFileError(`Cannot use "${path}": a certificate in it is cut off`);
  const all = blocks.map((block) => parsedCertificate(block, path));
  const [leaf] = all;
  if (leaf === undefined) throw new CredentialFileError(`Cannot use "${path}": no certificate in it`);
  return {
    text: `${blocks.join("\n")}\n`,
    leaf,
    all,
    notBefore: Math.max(...all.map(({ validFrom }) => Date.parse(validFrom))),
    notAfter: Math.min(...all.map(({ validTo }) => Date.parse(validTo))),
  };
}

function parsedCertificate(block: string, path: string): X509Certificate {
  try {
    return new X509Certificate(block);
  } catch (error) {
    throw new CredentialFileError(`Cannot use "${path}": a certificate in it cannot be parsed`, { cause: error });
  }
}

const keyBlock = /-----BEGIN ((?:[A-Z]+ )?PRIVATE KEY)-----[^-]*-----END \1-----/;

function privateKeyOf({ path, text }: PemFile): string {
  const [block] = keyBlock.exec(text) ?? [];
  if (block === undefined) throw new CredentialFileError(`Cannot use key file "${path}": no private key in it`);
  return `${block}\n`;
}

function fits(key: string, leaf: X509Certificate, path: string): boolean {
  try {
    return leaf.checkPrivateKey(createPrivateKey(key));
  } catch (error) {
    throw new CredentialFileError(`Cannot use key file "${path}": no private key that can be read`, { cause: error });
  }
}
