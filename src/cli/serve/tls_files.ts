/**
 * The agent's certificate, key and authorities: read at the start, and again whenever their files have changed.
 *
 * @module
 */
import { readFileText } from "../../config/file_text.ts";
import { createStableTexts } from "../../config/stable_texts.ts";
import type { Settings } from "../../config/settings.ts";
import { type AgentCredentials, createCredentials } from "../../rpc/transport/credentials.ts";
import {
  CredentialFileError,
  MAX_PEM_BYTES,
  parseAuthorities,
  parseServerCertificate,
} from "../../rpc/transport/pem.ts";
import type { LogFields } from "../../telemetry/log.ts";
import { createExpiry, type ExpiryOptions, type Validity } from "./expiry.ts";
import { createReload } from "./reload.ts";

/** What is in use, and how it is read again. */
export interface TlsFiles {
  /** What the server shows, and whom it lets in. */
  readonly credentials: AgentCredentials;
  /** Reads the files again, and warns of certificates that expire. */
  poll(): Promise<void>;
}

/** Reads the files; rejects with `CredentialFileError` when one cannot be used. */
export async function readTlsFiles(tls: Settings["tls"], options: ExpiryOptions): Promise<TlsFiles> {
  const { log, metrics } = options;
  const { certFile, keyFile, clientAuth } = tls;
  const caFile = clientAuth === "none" ? undefined : tls.caFile;
  if (clientAuth !== "none" && caFile === undefined) {
    throw new CredentialFileError("Cannot require client certificates: no CA file is given");
  }
  const expiry = createExpiry(options);
  const [cert, key] = [await readPem(certFile, "certificate file"), await readPem(keyFile, "key file")];
  const ca = caFile === undefined ? undefined : { path: caFile, text: await readPem(caFile, "CA file") };
  const certificate = parseServerCertificate({ path: certFile, text: cert }, { path: keyFile, text: key });
  const authorities = ca && parseAuthorities(ca);
  const credentials = await createCredentials({ certificate, authorities });
  expiry.set("server", { path: certFile, ...certificate });
  if (caFile !== undefined && authorities !== undefined) expiry.set("ca", { path: caFile, ...authorities });

  const used = (name: "server" | "ca", validity: Validity): LogFields => {
    expiry.set(name, validity);
    return { file: validity.path, expires: new Date(validity.notAfter).toISOString() };
  };
  const pair = createStableTexts([certFile, keyFile], {
    maxBytes: MAX_PEM_BYTES,
    known: [cert, key],
    onChange: createReload({
      what: "certificate",
      paths: [certFile, keyFile],
      use: async ([cert = "", key = ""]) => {
        const certificate = parseServerCertificate({ path: certFile, text: cert }, { path: keyFile, text: key });
        await credentials.useCertificate(certificate);
        return used("server", { path: certFile, ...certificate });
      },
      log,
      metrics,
    }),
  });
  const trusted = ca && createStableTexts([ca.path], {
    maxBytes: MAX_PEM_BYTES,
    known: [ca.text],
    onChange: createReload({
      what: "list of client authorities",
      paths: [ca.path],
      use: async ([text = ""]) => {
        const authorities = parseAuthorities({ path: ca.path, text });
        await credentials.useAuthorities(authorities);
        return used("ca", { path: ca.path, ...authorities });
      },
      log,
      metrics,
    }),
  });
  return {
    credentials,
    poll: async () => {
      await pair.poll();
      await trusted?.poll();
      expiry.check();
    },
  };
}

async function readPem(path: string, what: string): Promise<string> {
  try {
    return await readFileText(path, { maxBytes: MAX_PEM_BYTES, onlyRegular: true });
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new CredentialFileError(`Cannot read ${what} "${path}": ${detail}`, { cause: error });
  }
}
