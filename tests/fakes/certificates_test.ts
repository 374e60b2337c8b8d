import assert from "#assert";
import { X509Certificate } from "node:crypto";
import { issue, makeAuthority } from "./certificates.ts";

const authority = await makeAuthority("Test authority");

Deno.test("issue makes a leaf that its authority verifies and whose key fits", async () => {
  const leaf = await issue(authority, { commonName: "agent", names: ["agent.local", "127.0.0.1"], usages: ["server"] });
  const certificate = new X509Certificate(leaf.certPem);
  const other = await makeAuthority("Other authority");
  assert.ok(certificate.verify(new X509Certificate(authority.certPem).publicKey));
  assert.ok(!certificate.verify(new X509Certificate(other.certPem).publicKey));
  assert.equal(certificate.subjectAltName, "DNS:agent.local, IP Address:127.0.0.1");
  assert.match(leaf.keyPem, /^-----BEGIN PRIVATE KEY-----\n/);
});

Deno.test("issue writes one common name, two or none", async () => {
  const subjects = await Promise.all([
    issue(authority, { commonName: "one", usages: ["client"] }),
    issue(authority, { commonName: ["one", "two"], usages: ["client"] }),
    issue(authority, { usages: ["client"] }),
  ]);
  assert.deepEqual(subjects.map((leaf) => new X509Certificate(leaf.certPem).subject.match(/CN=\w+/g)), [
    ["CN=one"],
    ["CN=one", "CN=two"],
    null,
  ]);
});

Deno.test("issue keeps the given times", async () => {
  const notBefore = new Date("2020-01-01T00:00:00Z");
  const notAfter = new Date("2020-02-01T00:00:00Z");
  const leaf = await issue(authority, { commonName: "old", usages: ["client"], notBefore, notAfter });
  const certificate = new X509Certificate(leaf.certPem);
  assert.deepEqual([new Date(certificate.validFrom), new Date(certificate.validTo)], [notBefore, notAfter]);
});
