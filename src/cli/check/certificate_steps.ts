/**
 * Certificates: whose they are, until when they hold, whether the key fits, and whether TLS can serve them.
 *
 * @module
 */
import type { Settings } from "../../config/settings.ts";
import type { CertificateFacts } from "../../rpc/transport/certificate_facts.ts";
import { createCredentials } from "../../rpc/transport/credentials.ts";
import {
  type Authorities,
  CredentialFileError,
  parseAuthorities,
  parseServerCertificate,
  type ServerCertificate,
} from "../../rpc/transport/pem.ts";
import { refusedByClients, timeText, validityError } from "../../rpc/transport/validity.ts";
import { readPem } from "../read_pem.ts";
import type { Details, Note, Report } from "./report.ts";
import { listText } from "./settings_step.ts";

const LIMIT_MS = 10_000;
const DAY_MS = 86_400_000;
/** As long before as the agent warns. */
const WARNING_DAYS = 7;

/** What is compared. */
export interface CertificateStepsOptions {
  /** The name by which clients know the server. */
  readonly serverName: string | undefined;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

/** Checks the files of `tls`. */
export async function checkCertificates(
  report: Report,
  tls: Settings["tls"],
  options: CertificateStepsOptions,
): Promise<void> {
  const { certFile, keyFile, caFile, clientAuth } = tls;
  const certificate = await report.step({
    check: "server certificate",
    limitMs: LIMIT_MS,
    run: async ({ note }) => {
      const [cert, key] = [await readPem(certFile, "certificate file"), await readPem(keyFile, "key file")];
      const certificate = parseServerCertificate(cert, key);
      noteServer(certificate, { ...options, path: certFile, note });
      return certificate;
    },
  });
  if (clientAuth === "none" || caFile === undefined) return;
  const authorities = await report.step({
    check: "client authority",
    limitMs: LIMIT_MS,
    run: async ({ note }) => {
      const authorities = parseAuthorities(await readPem(caFile, "CA file"));
      noteAuthorities(authorities, { ...options, path: caFile, note });
      return authorities;
    },
  });
  if (certificate === undefined || authorities === undefined) return;
  await report.step({
    check: "handshake",
    limitMs: LIMIT_MS,
    run: async ({ note }) => {
      await createCredentials({ certificate, authorities });
      note("ok", "TLS can serve the certificate, and ask for those of clients");
    },
  });
}

interface NoteOptions extends CertificateStepsOptions {
  readonly path: string;
  readonly note: Note;
}

function noteServer(certificate: ServerCertificate, options: NoteOptions): void {
  const { path, serverName, nowMs, note } = options;
  const [leaf, ...above] = certificate.needed;
  if (leaf === undefined) throw new CredentialFileError(`Cannot use "${path}": no certificate in it`);
  const details = { ...factDetails(leaf, options), keyFits: true };
  const text = `${factText(leaf, nowMs)}, for ${
    leaf.names.length > 0 ? listText(leaf.names) : "no name"
  }, its key fits`;
  const wrong = certificate.needed.map((facts) => validityError(facts, { path, nowMs })).find(Boolean)?.message ??
    refusedByClients(certificate) ?? refusedName(certificate, serverName);
  if (wrong !== undefined) return note("fail", `${wrong}; ${text}`, details);
  const soon = [leaf, ...above].find((facts) => daysLeft(facts, nowMs) < WARNING_DAYS);
  note(soon === undefined ? "ok" : "warn", `${soon === undefined ? "" : "expires soon: "}${text}`, details);
}

/** Compares as clients do: in any case, and a star stands for the first label. */
function refusedName({ needed: [leaf] }: ServerCertificate, serverName: string | undefined): string | undefined {
  if (serverName === undefined) return undefined;
  const wanted = serverName.toLowerCase().replace(/\.$/, "");
  const fits = (name: string): boolean =>
    name === wanted || (name.startsWith("*.") && name.slice(1) === wanted.replace(/^[^.]+/, ""));
  return leaf?.names.some((name) => fits(name.toLowerCase())) ? undefined : `it is not for ${serverName}`;
}

function noteAuthorities({ all }: Authorities, options: NoteOptions): void {
  const { path, nowMs, note } = options;
  const errors = all.map((facts) => validityError(facts, { path, nowMs }));
  const isUsable = errors.includes(undefined);
  for (const [index, facts] of all.entries()) {
    const details = factDetails(facts, options);
    const text = factText(facts, nowMs);
    const error = errors[index]?.message;
    if (error !== undefined) note(isUsable ? "warn" : "fail", `${error}; ${text}`, details);
    else if (!facts.isAuthority) note("warn", `it is no authority, and signs nobody: ${text}`, details);
    else if (daysLeft(facts, nowMs) < WARNING_DAYS) note("warn", `expires soon: ${text}`, details);
    else note("ok", text, details);
  }
}

function factText(facts: CertificateFacts, nowMs: number): string {
  const { subject, issuer, notBefore, notAfter } = facts;
  const days = daysLeft(facts, nowMs);
  const left = days < 0 ? "expired" : `${days} day${days === 1 ? "" : "s"} left`;
  return `subject ${subject}, issuer ${issuer}, from ${timeText(notBefore)} to ${timeText(notAfter)}, ${left}`;
}

function factDetails(facts: CertificateFacts, { path, nowMs }: NoteOptions): Details {
  const { subject, issuer, names, notBefore, notAfter } = facts;
  return {
    file: path,
    subject,
    issuer,
    names,
    notBefore: timeText(notBefore),
    notAfter: timeText(notAfter),
    daysLeft: daysLeft(facts, nowMs),
  };
}

function daysLeft({ notAfter }: CertificateFacts, nowMs: number): number {
  return Math.floor((notAfter - nowMs) / DAY_MS);
}
