import "reflect-metadata";
import assert from "#assert";
import { X509Certificate } from "node:crypto";
import { ExtendedKeyUsage, ExtendedKeyUsageExtension, X509CertificateGenerator } from "@peculiar/x509";
import { issue, makeAuthority } from "../../../tests/fakes/certificates.ts";
import { type CertificateFacts, factsOf } from "./certificate_facts.ts";

const facts = (pem: string): CertificateFacts => factsOf(new X509Certificate(pem));

Deno.test("factsOf() tells names, dates and what a certificate is for", async () => {
  const authority = await makeAuthority("Some authority");
  const [notBefore, notAfter] = [new Date("2026-01-01T00:00:00Z"), new Date("2027-01-01T00:00:00Z")];
  const names = ["agent.example", "*.agents.example", "127.0.0.1"];
  const leaf = await issue(authority, {
    commonName: "agent",
    names,
    usages: ["server", "client"],
    notBefore,
    notAfter,
  });
  assert.deepEqual(facts(leaf.certPem), {
    subject: "O=Node log agent, CN=agent",
    issuer: "O=Node log agent, CN=Some authority",
    names,
    notBefore: notBefore.getTime(),
    notAfter: notAfter.getTime(),
    isAuthority: false,
    isForServers: true,
  });
  const { isAuthority, isForServers, names: none } = facts(authority.certPem);
  assert.deepEqual([isAuthority, isForServers, none], [true, true, []]);
});

const algorithm = { name: "ECDSA", namedCurve: "P-256" };
const { serverAuth, clientAuth, codeSigning } = ExtendedKeyUsage;
/** More than 127 bytes of purposes, so that their length is written in two. */
const many = Array.from({ length: 20 }, (_, index) => `1.3.6.1.4.1.${99_000 + index}`);

for (
  const [what, usages, isCritical, expected] of [
    ["serverAuth", [serverAuth], false, true],
    ["clientAuth", [clientAuth], false, false],
    ["critical clientAuth and serverAuth", [clientAuth, serverAuth], true, true],
    ["critical clientAuth and codeSigning", [clientAuth, codeSigning], true, false],
    ["any purpose", ["2.5.29.37.0"], false, true],
    ["many purposes and serverAuth", [...many, serverAuth], true, true],
    ["many purposes without serverAuth", many, false, false],
  ] as const
) {
  Deno.test(`factsOf() reads the extended key usage of ${what}`, async () => {
    const isExtractable = false;
    const keys = await crypto.subtle.generateKey(algorithm, isExtractable, ["sign", "verify"]);
    const { rawData } = await X509CertificateGenerator.createSelfSigned({
      name: "CN=a",
      keys,
      signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
      extensions: [new ExtendedKeyUsageExtension([...usages], isCritical)],
    });
    assert.equal(factsOf(new X509Certificate(new Uint8Array(rawData))).isForServers, expected);
  });
}
