/**
 * Identities that a trusted proxy forwards: it proves itself by certificate, and names the user in headers.
 *
 * Checks in this order: certificate, its name, user, groups, extras. So the headers of a stranger are not read. Any
 * content of a header gives an identity or one of the errors of this folder. The transport has verified the certificate
 * before.
 *
 * @module
 */
import { InvalidMetadataError, PermissionDeniedError, UnauthenticatedError } from "./errors.ts";
import type { Identity, Principal, RequestCredentials } from "./identity.ts";
import { headerText } from "./_header_text.ts";

/** Which proxies {@linkcode identify} trusts. */
export interface ProxyTrustOptions {
  /** Common names of trusted proxies; none: any name that the certificate authority has signed. */
  readonly allowedNames: readonly string[];
}

/**
 * Returns the identity that a proxy forwards. Throws `UnauthenticatedError` without a name or a user,
 * `PermissionDeniedError` for a name that is not trusted and `InvalidMetadataError` for headers that cannot be read.
 */
export function identify(credentials: RequestCredentials, options: ProxyTrustOptions): Principal {
  const { commonName, hasCertificate } = credentials;
  const { allowedNames } = options;
  if (!hasCertificate || commonName === undefined || commonName === "") {
    throw new UnauthenticatedError("client certificate required");
  }
  if (allowedNames.length > 0 && !allowedNames.includes(commonName)) {
    throw new PermissionDeniedError(`proxy CN "${commonName}" not in allowed list`);
  }
  return {
    kind: "identity",
    identity: {
      user: userOf(credentials.remoteUser),
      groups: groupsOf(credentials.remoteGroup),
      extra: extraOf(credentials.remoteExtras),
    },
  };
}

/** Of several users the first counts; a blank one is none, because not everybody tells one blank from another. */
function userOf([first]: readonly string[]): string {
  const user = headerText(first ?? "", "x-remote-user");
  if (user.trim() === "") throw new UnauthenticatedError("missing user header");
  return user;
}

function groupsOf(values: readonly string[]): readonly string[] {
  return once(
    values.map((value) => headerText(value, "x-remote-group")).filter((group) => group !== ""),
  );
}

/** One JSON object of lists; of several headers the first counts. */
function extraOf([first]: readonly string[]): Identity["extra"] {
  const extra: Record<string, readonly string[]> = Object.create(null);
  if (first === undefined) return extra;
  for (
    const [key, values] of Object.entries(
      parsedObject(headerText(first, "x-remote-extras")),
    )
  ) {
    if (!isText(key) || !Array.isArray(values) || !values.every(isText)) {
      throw new InvalidMetadataError("x-remote-extras");
    }
    if (values.length > 0) extra[key] = once(values);
  }
  return extra;
}

function parsedObject(json: string): object {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new InvalidMetadataError("x-remote-extras", { cause });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new InvalidMetadataError("x-remote-extras");
  }
  return value;
}

/** Half a surrogate pair is no text: the API server would read another character in its place. */
function isText(value: unknown): value is string {
  return typeof value === "string" && value.isWellFormed();
}

function once(values: readonly string[]): readonly string[] {
  return [...new Set(values)].sort();
}
