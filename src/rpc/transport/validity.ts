/**
 * Whether certificates hold now: one that has expired, or does not hold yet, serves nobody, and is not taken into use.
 *
 * @module
 */
import type { CertificateFacts } from "./certificate_facts.ts";
import { type Authorities, CredentialFileError, type ServerCertificate } from "./pem.ts";

/** What is checked, and against which clock. */
export interface ValidityOptions {
  /** The file, for messages. */
  readonly path: string;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

/** Checks a server's certificate, and those between it and its root; throws {@linkcode CredentialFileError}. */
export function checkServerValidity({ needed }: ServerCertificate, options: ValidityOptions): void {
  for (const facts of needed) {
    const error = validityError(facts, options);
    if (error !== undefined) throw error;
  }
}

/** Checks that one authority at least holds; throws {@linkcode CredentialFileError}. */
export function checkAuthoritiesValidity({ all }: Authorities, options: ValidityOptions): void {
  const errors = all.map((facts) => validityError(facts, options));
  // While authorities are exchanged, an earlier one may expire in the same file.
  if (errors.includes(undefined)) return;
  // The one that holds soonest, so that it can be tried again.
  const [first] = errors.sort((a, b) => (a?.holdsFrom ?? Infinity) - (b?.holdsFrom ?? Infinity));
  throw first;
}

/** Returns what is wrong with a certificate's dates; undefined while it holds. */
export function validityError(
  { subject, notBefore, notAfter }: CertificateFacts,
  { path, nowMs }: ValidityOptions,
): CredentialFileError | undefined {
  const now = `it is ${timeText(nowMs)} now`;
  if (nowMs > notAfter) {
    return new CredentialFileError(
      `Cannot use "${path}": the certificate of ${subject} has expired at ${timeText(notAfter)}, ${now}`,
    );
  }
  if (nowMs < notBefore) {
    return new CredentialFileError(
      `Cannot use "${path}": the certificate of ${subject} does not hold before ${timeText(notBefore)}, ${now}`,
      { holdsFrom: notBefore },
    );
  }
  return undefined;
}

/** Returns why every client that verifies refuses a server's certificate, whatever its name and dates are. */
export function refusedByClients({ needed: [leaf] }: ServerCertificate): string | undefined {
  if (leaf === undefined || !leaf.isForServers) return "its extended key usage lacks serverAuth";
  if (leaf.names.length === 0) return "it has no subject alternative name, the only one that clients compare";
  return undefined;
}

/** Returns a time as messages have it, without fractions of a second. */
export function timeText(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}
