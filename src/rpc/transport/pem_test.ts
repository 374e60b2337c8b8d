import assert from "#assert";
import { makeCertificateFiles } from "../../../tests/support/certificate_files.ts";
import { issue, makeAuthority } from "../../../tests/fakes/certificates.ts";
import { parseAuthorities, parseServerCertificate, type PemFile } from "./pem.ts";

const authority = await makeAuthority("Test authority");
const leaf = await issue(authority, { commonName: "agent", names: ["localhost"], usages: ["server"] });
const other = await issue(authority, { commonName: "other", usages: ["server"] });

const cert = (text: string): PemFile => ({ path: "/c", text });
const key = (text: string): PemFile => ({ path: "/k", text });
const broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
const cut = leaf.certPem.slice(0, 200);

Deno.test("parseServerCertificate() names the file that holds something else", () => {
  for (
    const [certText, keyText, message] of [
      [leaf.keyPem, leaf.keyPem, 'Cannot use "/c": no certificate in it'],
      ["", leaf.keyPem, 'Cannot use "/c": no certificate in it'],
      [broken, leaf.keyPem, 'Cannot use "/c": a certificate in it cannot be parsed'],
      [leaf.certPem + broken, leaf.keyPem, 'Cannot use "/c": a certificate in it cannot be parsed'],
      [cut, leaf.keyPem, 'Cannot use "/c": a certificate in it is cut off'],
      [leaf.certPem + cut, leaf.keyPem, 'Cannot use "/c": a certificate in it is cut off'],
      [leaf.certPem, leaf.certPem, 'Cannot use key file "/k": no private key in it'],
      [leaf.certPem, "", 'Cannot use key file "/k": no private key in it'],
      [leaf.certPem, leaf.keyPem.slice(0, 100), 'Cannot use key file "/k": no private key in it'],
      [
        leaf.certPem,
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
        'Cannot use key file "/k": no private key that can be read',
      ],
      [leaf.certPem, other.keyPem, 'Cannot use key file "/k": it does not belong to the certificate in "/c"'],
    ] as const
  ) {
    assert.throws(() => parseServerCertificate(cert(certText), key(keyText)), {
      name: "CredentialFileError",
      message,
    });
  }
});

Deno.test("parseAuthorities() refuses a file without whole certificates", () => {
  for (
    const [text, message] of [
      ["", 'Cannot use "/c": no certificate in it'],
      [leaf.keyPem, 'Cannot use "/c": no certificate in it'],
      [authority.certPem + cut, 'Cannot use "/c": a certificate in it is cut off'],
      [authority.certPem + broken, 'Cannot use "/c": a certificate in it cannot be parsed'],
    ] as const
  ) {
    assert.throws(() => parseAuthorities(cert(text)), { name: "CredentialFileError", message });
  }
});

Deno.test("only the blocks of a file are taken: the rest may be comments, or what belongs to another file", () => {
  const plain = parseServerCertificate(cert(leaf.certPem), key(leaf.keyPem));
  const crlf = (text: string): string => text.replaceAll("\n", "\r\n");
  const withComment = (text: string): string => `Bag Attributes\n    friendlyName: a--b ---\n# é\n${text}\nthe end`;
  const variants: Record<string, readonly [string, string]> = {
    "byte order mark": [`\uFEFF${leaf.certPem}`, `\uFEFF${leaf.keyPem}`],
    comments: [withComment(leaf.certPem), withComment(leaf.keyPem)],
    "both in each": [leaf.keyPem + leaf.certPem, leaf.certPem + leaf.keyPem],
    "parameters of the curve": [
      leaf.certPem,
      `-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n${leaf.keyPem}`,
    ],
    "no line feed at the end": [leaf.certPem.trimEnd(), leaf.keyPem.trimEnd()],
  };
  for (const [what, [certText, keyText]] of Object.entries(variants)) {
    assert.deepEqual(parseServerCertificate(cert(certText), key(keyText)), plain, what);
  }
  const { chain, key: keyPem, ...times } = parseServerCertificate(cert(crlf(leaf.certPem)), key(crlf(leaf.keyPem)));
  assert.deepEqual({ chain: chain.replaceAll("\r", ""), key: keyPem.replaceAll("\r", ""), ...times }, plain);
});

Deno.test("a chain holds from its last beginning to its first end, authorities until the first one expires", async () => {
  const [early, late] = [new Date("2020-01-01T00:00:00Z"), new Date("2090-01-01T00:00:00Z")];
  const [begin, end] = [new Date("2021-01-01T00:00:00Z"), new Date("2080-01-01T00:00:00Z")];
  const long = await issue(authority, { commonName: "l", usages: ["server"], notBefore: early, notAfter: late });
  const short = await issue(authority, { commonName: "s", usages: ["server"], notBefore: begin, notAfter: end });
  const { notBefore, notAfter } = parseServerCertificate(cert(long.certPem + short.certPem), key(long.keyPem));
  assert.deepEqual([notBefore, notAfter], [begin.getTime(), end.getTime()]);
  const authorities = parseAuthorities(cert(long.certPem + short.certPem));
  assert.equal(authorities.notAfter, end.getTime());
  assert.equal(authorities.fingerprints.size, 2);
});

Deno.test("a file of the greatest length is parsed in time that grows with its length", async () => {
  await using files = await makeCertificateFiles();
  const begins = "-----BEGIN CERTIFICATE-----".repeat(2 ** 20 / 27);
  const keys = "-----BEGIN PRIVATE KEY-----".repeat(2 ** 20 / 27);
  assert.throws(() => parseAuthorities(cert(begins)), /cut off/);
  assert.throws(() => parseServerCertificate(cert(files.client.certPem), key(keys)), /no private key in it/);
});
