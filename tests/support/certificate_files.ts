/**
 * Certificates for a test: an authority, a server's and a client's, as text and as files that go away with the test.
 *
 * @module
 */

import { type Authority, issue, type Leaf, makeAuthority } from "../fakes/certificates.ts";

/** What a server and its client need. */
export interface CertificateFiles extends AsyncDisposable {
  /** Who has signed the others; more can be issued from it. */
  readonly authority: Authority;
  /** The client's certificate, of the common name `test-client`. */
  readonly client: Leaf;
  /** The folder of the files. */
  readonly folder: string;
  /** The authority's certificate. */
  readonly caFile: string;
  /** The server's certificate, for `localhost` and 127.0.0.1. */
  readonly certFile: string;
  /** The server's key. */
  readonly keyFile: string;
}

/** Makes them. */
export async function makeCertificateFiles(): Promise<CertificateFiles> {
  const authority = await makeAuthority("Test authority");
  const [server, client, folder] = await Promise.all([
    issue(authority, { commonName: "test-server", names: ["localhost", "127.0.0.1"], usages: ["server"] }),
    issue(authority, { commonName: "test-client", usages: ["client"] }),
    Deno.makeTempDir({ prefix: "certificates-" }),
  ]);
  const caFile = `${folder}/ca.crt`;
  const certFile = `${folder}/server.crt`;
  const keyFile = `${folder}/server.key`;
  await Promise.all([
    Deno.writeTextFile(caFile, authority.certPem),
    Deno.writeTextFile(certFile, server.certPem),
    Deno.writeTextFile(keyFile, server.keyPem),
  ]);
  return {
    authority,
    client,
    folder,
    caFile,
    certFile,
    keyFile,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}
