/**
 * Bearer tokens, which only the API server can read.
 *
 * Promises that what leaves here can be sent in a header. Does not look into the token, nor at the client's certificate
 * or the headers of a proxy.
 *
 * @module
 */
import { UnauthenticatedError } from "./errors.ts";
import type { Principal, RequestCredentials } from "./identity.ts";
import { headerText } from "./_header_text.ts";

/**
 * The bearer of the first `authorization` value, which may or may not begin with `Bearer `. Throws
 * `UnauthenticatedError` where there is no token, and `InvalidMetadataError` for a value that is not text.
 */
export function bearer(credentials: Pick<RequestCredentials, "authorization">): Principal {
  const value = headerText(credentials.authorization[0] ?? "", "authorization")
    .trim();
  const token = value.replace(/^bearer(?:[ \t]+|$)/i, "");
  // A blank inside: some other scheme (`Basic …`), whose secret is not for the API server to see as a token.
  if (token === "" || /[ \t]/.test(token)) {
    throw new UnauthenticatedError("authentication token not found");
  }
  return { kind: "token", token };
}
