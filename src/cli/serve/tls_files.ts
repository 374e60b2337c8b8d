/**
 * The agent's certificate, key and authorities: read at the start, and again whenever their files have changed.
 *
 * @module
 */
import { createStableTexts } from "../../config/stable_texts.ts";
import type { Settings } from "../../config/settings.ts";
import { type AgentCredentials, createCredentials } from "../../rpc/transport/credentials.ts";
import {
  type Authorities,
  CredentialFileError,
  MAX_PEM_BYTES,
  parseAuthorities,
  parseServerCertificate,
  type PemFile,
  type ServerCertificate,
} from "../../rpc/transport/pem.ts";
import { checkAuthoritiesValidity, checkServerValidity, refusedByClients } from "../../rpc/transport/validity.ts";
import type { LogFields } from "../../telemetry/log.ts";
import { readPem } from "../read_pem.ts";
import { createExpiry, type ExpiryOptions, type Validity } from "./expiry.ts";
import { createReload } from "./reload.ts";

/** What is in use, and how it is read again. */
export interface TlsFiles {
  /** What the server shows, and whom it lets in. */
  readonly credentials: AgentCredentials;
  /** Reads the files again. */
  poll(): Promise<void>;
  /** Warns of certificates that expire, also while their files cannot be read. */
  checkExpiry(): void;
}

/** Reads the files; rejects with `CredentialFileError` when one cannot be used, or does not hold now. */
export async function readTlsFiles(tls: Settings["tls"], options: ExpiryOptions): Promise<TlsFiles> {
  const { log, metrics, now = Date.now } = options;
  const { certFile, keyFile, clientAuth } = tls;
  const caFile = clientAuth === "none" ? undefined : tls.caFile;
  if (clientAuth !== "none" && caFile === undefined) {
    throw new CredentialFileError("Cannot require client certificates: no CA file is given");
  }
  const certificateOf = (cert: string, key: string): ServerCertificate => {
    const certificate = parseServerCertificate({ path: certFile, text: cert }, { path: keyFile, text: key });
    checkServerValidity(certificate, { path: certFile, nowMs: now() });
    return certificate;
  };
  const authoritiesOf = (file: PemFile): Authorities => {
    const authorities = parseAuthorities(file);
    checkAuthoritiesValidity(authorities, { path: file.path, nowMs: now() });
    return authorities;
  };
  const cert = await readPem(certFile, "certificate file");
  const key = await readPem(keyFile, "key file");
  const ca = caFile === undefined ? undefined : await readPem(caFile, "CA file");
  const certificate = certificateOf(cert.text, key.text);
  const authorities = ca && authoritiesOf(ca);
  const credentials = await createCredentials({ certificate, authorities });

  const expiry = createExpiry(options);
  const used = (name: "server" | "ca", validity: Validity): LogFields => {
    expiry.set(name, validity);
    return { file: validity.path, expires: new Date(validity.notAfter).toISOString() };
  };
  const usedCertificate = (certificate: ServerCertificate): LogFields => {
    const reason = refusedByClients(certificate);
    if (reason !== undefined) log.warn("Clients refuse the server's certificate", { file: certFile, reason });
    return used("server", { path: certFile, ...certificate });
  };
  usedCertificate(certificate);
  if (ca !== undefined && authorities !== undefined) used("ca", { path: ca.path, ...authorities });

  const pairReload = createReload({
    what: "certificate",
    paths: [certFile, keyFile],
    use: async ([cert = "", key = ""]) => {
      const certificate = certificateOf(cert, key);
      await credentials.useCertificate(certificate);
      return usedCertificate(certificate);
    },
    log,
    metrics,
  });
  const trustedReload = ca && createReload({
    what: "list of client authorities",
    paths: [ca.path],
    use: async ([text = ""]) => {
      const authorities = authoritiesOf({ path: ca.path, text });
      await credentials.useAuthorities(authorities);
      return used("ca", { path: ca.path, ...authorities });
    },
    log,
    metrics,
  });
  const pair = createStableTexts([certFile, keyFile], {
    maxBytes: MAX_PEM_BYTES,
    known: [cert.text, key.text],
    onChange: pairReload.take,
  });
  const trusted = ca && trustedReload &&
    createStableTexts([ca.path], { maxBytes: MAX_PEM_BYTES, known: [ca.text], onChange: trustedReload.take });
  return {
    credentials,
    poll: async () => {
      await pair.poll();
      await trusted?.poll();
      await pairReload.retry(now());
      await trustedReload?.retry(now());
    },
    checkExpiry: expiry.check,
  };
}
