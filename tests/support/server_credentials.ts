/**
 * The credentials of a server, from files.
 *
 * @module
 */
import { type AgentCredentials, createCredentials } from "../../src/rpc/transport/credentials.ts";
import { parseAuthorities, parseServerCertificate, type PemFile } from "../../src/rpc/transport/pem.ts";

/** Where the files are. */
export interface CredentialFiles {
  /** The server's certificate. */
  readonly certFile: string;
  /** Its key. */
  readonly keyFile: string;
  /** Who may have signed the certificates of clients. */
  readonly caFile: string;
  /** Whether clients have to show one. @default "require" */
  readonly clientAuth?: "require" | "none";
}

/** Reads them. */
export async function readServerCredentials(files: CredentialFiles): Promise<AgentCredentials> {
  const { certFile, keyFile, caFile, clientAuth = "require" } = files;
  const certificate = parseServerCertificate(await readPem(certFile), await readPem(keyFile));
  if (clientAuth === "none") return await createCredentials({ certificate });
  return await createCredentials({ certificate, authorities: parseAuthorities(await readPem(caFile)) });
}

async function readPem(path: string): Promise<PemFile> {
  return { path, text: await Deno.readTextFile(path) };
}
