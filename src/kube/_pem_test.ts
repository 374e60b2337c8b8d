import assert from "#assert";
import { issue, makeAuthority } from "../../tests/fakes/certificates.ts";
import { checkAuthorities, checkClientPair, checkToken } from "./_pem.ts";

const [one, two] = await Promise.all([makeAuthority("one"), makeAuthority("two")]);
const leaf = await issue(one, { commonName: "client", usages: ["client"] });
const odd = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

Deno.test("checkAuthorities() takes one or several certificates, whatever stands between them", () => {
  for (const pem of [one.certPem, one.certPem + two.certPem, `# one\n${one.certPem}\n# two\r\n${two.certPem.trim()}`]) {
    checkAuthorities(pem);
  }
  checkAuthorities(leaf.keyPem + one.certPem);
});

Deno.test("checkAuthorities() refuses a list of which one cannot be parsed, wherever it stands", () => {
  const cut = two.certPem.slice(0, two.certPem.length / 2);
  for (const pem of ["", "text", leaf.keyPem, odd, odd + one.certPem, one.certPem + odd, one.certPem + cut, cut]) {
    assert.throws(() => checkAuthorities(pem), { message: "Cannot parse certificate authority: not PEM" });
  }
});

Deno.test("checkClientPair() takes a certificate with its key, or neither", async () => {
  const { certPem: certificate, keyPem: key } = leaf;
  checkClientPair({ certificate, key });
  checkClientPair({ certificate: undefined, key: undefined });
  const other = await issue(one, { commonName: "other", usages: ["client"] });
  for (
    const [pair, message] of [
      [{ certificate, key: other.keyPem }, /the key belongs to another certificate$/],
      [{ certificate, key: undefined }, /must both be given$/],
      [{ certificate: undefined, key }, /must both be given$/],
      [{ certificate: "text", key }, /^Cannot parse client certificate: not PEM$/],
      [{ certificate, key: "text" }, /^Cannot parse client key: not PEM$/],
    ] as const
  ) assert.throws(() => checkClientPair(pair), { message });
});

Deno.test("checkToken() takes what a header can hold", () => {
  checkToken("eyJhbGciOi.abc-_~+/==\n");
  for (const text of ["a b", "a\nb", "tokén", "\0", "a\u007f"]) {
    assert.throws(() => checkToken(text), { message: "Cannot use token: it has odd characters" });
  }
});
