import assert from "#assert";
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { issue, makeAuthority } from "../../../tests/fakes/certificates.ts";
import { parseServerCertificate } from "./pem.ts";
import { tryHandshake } from "./trial_handshake.ts";

const authority = await makeAuthority("Test authority");
const leaf = await issue(authority, { commonName: "agent", names: ["localhost"], usages: ["server"] });
const good = { cert: leaf.certPem, key: leaf.keyPem, ca: authority.certPem };

Deno.test("a certificate and authorities that can be served pass the trial, whether clients are asked or not", async () => {
  for (const requestCert of [true, false]) await tryHandshake(good, { requestCert });
});

/** A certificate for `localhost` with a key of its kind, in a form. */
async function pairOf(
  { publicKey, privateKey }: { readonly publicKey: KeyObject; readonly privateKey: KeyObject },
  type: "pkcs1" | "pkcs8" | "sec1" = "pkcs8",
): Promise<{ readonly cert: string; readonly key: string }> {
  const spki = new Uint8Array(publicKey.export({ type: "spki", format: "der" }));
  const keyPem = String(privateKey.export({ type: type as "pkcs8", format: "pem" }));
  const made = await issue(authority, { names: ["localhost"], usages: ["server"], keys: { spki, keyPem } });
  return { cert: made.certPem, key: made.keyPem };
}

Deno.test("RSA, ECDSA and Ed25519 keys pass the trial, in the forms in which tools write them", async () => {
  for (
    const pair of [
      await pairOf(generateKeyPairSync("rsa", { modulusLength: 2_048 })),
      await pairOf(generateKeyPairSync("rsa", { modulusLength: 2_048 }), "pkcs1"),
      await pairOf(generateKeyPairSync("ec", { namedCurve: "prime256v1" }), "sec1"),
      await pairOf(generateKeyPairSync("ec", { namedCurve: "secp384r1" })),
      await pairOf(generateKeyPairSync("ed25519")),
    ]
  ) await tryHandshake({ ...pair, ca: authority.certPem }, { requestCert: true });
});

Deno.test("a certificate that parses and cannot be served fails the trial", async () => {
  const pairs = {
    "a curve that TLS does not speak": await pairOf(generateKeyPairSync("ec", { namedCurve: "secp256k1" })),
    Ed448: await pairOf(generateKeyPairSync("ed448")),
    "a short RSA key": await pairOf(generateKeyPairSync("rsa", { modulusLength: 1_024 })),
  };
  for (const [what, pair] of Object.entries(pairs)) {
    parseServerCertificate({ path: "/c", text: pair.cert }, { path: "/k", text: pair.key });
    await assert.rejects(tryHandshake({ ...pair, ca: authority.certPem }, { requestCert: true }), Error, what);
  }
  await assert.rejects(tryHandshake({ ...good, key: "nothing" }, { requestCert: true }));
  await assert.rejects(tryHandshake({ ...good, cert: "nothing" }, { requestCert: true }));
});

Deno.test("a server that speaks no protocol of the client fails the trial, and nothing is thrown beside it", async () => {
  const older = { minVersion: "TLSv1.2", maxVersion: "TLSv1.2" } as const;
  for (let trial = 0; trial < 10; trial++) {
    await assert.rejects(tryHandshake({ ...good, ...older }, { requestCert: true }), /Tls12NotOffered/);
  }
  await setImmediate();
});

Deno.test("authorities whose names are too long for one message fail the trial", async () => {
  const ca = authority.certPem.repeat(1_500);
  await assert.rejects(tryHandshake({ ...good, ca }, { requestCert: true }));
  await tryHandshake({ ...good, ca: authority.certPem.repeat(100) }, { requestCert: true });
});
