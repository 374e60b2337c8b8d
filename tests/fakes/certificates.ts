/**
 * Certificates for the demonstration and for the tests: an authority, and leaves that it signs.
 *
 * Keys are ECDSA P-256, written as PKCS#8; nothing touches the disk, and making one takes about a millisecond.
 * Odd ones can be made on purpose – expired, without a common name or with two, for one usage only – because refusing
 * them is what the tests are about. Not meant for production: no revocation, and the keys stay in memory as text.
 *
 * @module
 */

import "reflect-metadata";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PublicKey,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";

const keyAlgorithm = { name: "ECDSA", namedCurve: "P-256" };
const signingAlgorithm = { name: "ECDSA", hash: "SHA-256" };
const extractable = true;
const dayMs = 86_400_000;
const organization = "Node log agent";

/** A certificate authority that can sign leaves. */
export interface Authority {
  /** The authority's own certificate. */
  readonly certPem: string;
  /** Its key pair. */
  readonly keys: CryptoKeyPair;
  /** Its distinguished name, as leaves name their issuer. */
  readonly subject: string;
}

/** A certificate with its private key, both PEM. */
export interface Leaf {
  /** The certificate. */
  readonly certPem: string;
  /** The private key, PKCS#8. */
  readonly keyPem: string;
}

/** What a leaf says of itself. */
export interface IssueOptions {
  /** The subject's common name; several when an array, none when left out. */
  readonly commonName?: string | readonly string[];
  /** DNS names and IP addresses for the subject alternative name; @default [] */
  readonly names?: readonly string[];
  /** What the certificate may be used for. */
  readonly usages: readonly ("server" | "client")[];
  /** @default a day ago */
  readonly notBefore?: Date;
  /** @default in thirty days */
  readonly notAfter?: Date;
  /** Its key, of any kind. @default a new one */
  readonly keys?: LeafKeys;
}

/** The key of a leaf. */
export interface LeafKeys {
  /** The public key, as SubjectPublicKeyInfo in DER. */
  readonly spki: Uint8Array<ArrayBuffer>;
  /** The private key in PEM, in whatever form. */
  readonly keyPem: string;
}

/** When an authority holds. */
export type AuthorityDates = Pick<IssueOptions, "notBefore" | "notAfter">;

/** Makes an authority below another one. */
export async function issueAuthority(
  above: Authority,
  commonName: string,
  dates: AuthorityDates = {},
): Promise<Authority> {
  return await authorityBelow(above, { commonName, ...dates });
}

/** Makes a self-signed authority of that common name. */
export async function makeAuthority(commonName: string, dates: AuthorityDates = {}): Promise<Authority> {
  return await authorityBelow(undefined, { commonName, ...dates });
}

async function authorityBelow(
  above: Authority | undefined,
  options: AuthorityDates & { readonly commonName: string },
): Promise<Authority> {
  const { commonName } = options;
  const { notBefore = new Date(Date.now() - dayMs), notAfter = new Date(Date.now() + 30 * dayMs) } = options;
  const keys = await crypto.subtle.generateKey(keyAlgorithm, extractable, ["sign", "verify"]);
  const subject = [{ O: [organization] }, { CN: [commonName] }];
  const signer = above === undefined ? [] : [await AuthorityKeyIdentifierExtension.create(above.keys.publicKey)];
  const certificate = await X509CertificateGenerator.create({
    subject,
    issuer: above?.subject ?? subject,
    publicKey: keys.publicKey,
    signingKey: (above?.keys ?? keys).privateKey,
    signingAlgorithm,
    notBefore,
    notAfter,
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      ...signer,
    ],
  });
  return { certPem: pemOf("CERTIFICATE", certificate.rawData), keys, subject: certificate.subject };
}

/** Makes a leaf that the authority signs. */
export async function issue(authority: Authority, options: IssueOptions): Promise<Leaf> {
  const { commonName = [], names = [], usages } = options;
  const { notBefore = new Date(Date.now() - dayMs), notAfter = new Date(Date.now() + 30 * dayMs) } = options;
  const { spki, keyPem } = options.keys ?? await newKeys();
  const commonNames = typeof commonName === "string" ? [commonName] : commonName;
  const certificate = await X509CertificateGenerator.create({
    subject: [{ O: [organization] }, ...commonNames.map((name) => ({ CN: [name] }))],
    issuer: authority.subject,
    publicKey: new PublicKey(spki),
    signingKey: authority.keys.privateKey,
    signingAlgorithm,
    notBefore,
    notAfter,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension(usages.map((usage) => extendedUsages[usage])),
      await AuthorityKeyIdentifierExtension.create(authority.keys.publicKey),
      ...(names.length === 0 ? [] : [new SubjectAlternativeNameExtension(names.map(alternativeName))]),
    ],
  });
  return { certPem: pemOf("CERTIFICATE", certificate.rawData), keyPem };
}

async function newKeys(): Promise<LeafKeys> {
  const keys = await crypto.subtle.generateKey(keyAlgorithm, extractable, ["sign", "verify"]);
  return {
    spki: new Uint8Array(await crypto.subtle.exportKey("spki", keys.publicKey)),
    keyPem: pemOf("PRIVATE KEY", await crypto.subtle.exportKey("pkcs8", keys.privateKey)),
  };
}

const extendedUsages = { server: ExtendedKeyUsage.serverAuth, client: ExtendedKeyUsage.clientAuth } as const;

function alternativeName(name: string): { type: "ip" | "dns"; value: string } {
  return { type: /^[\d.]+$|:/.test(name) ? "ip" : "dns", value: name };
}

function pemOf(label: string, der: ArrayBuffer): string {
  const lines = new Uint8Array(der).toBase64().match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}
