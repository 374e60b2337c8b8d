/**
 * One key for one caller, by which what callers hold and wait for is counted.
 *
 * A caller is a user, in whatever groups, or the bearer of a token. The key of a token is its digest: no token stays in
 * memory for it.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { Principal } from "./identity.ts";

/** A longer name of a user is kept as its digest. */
const MAX_NAME_LENGTH = 256;

/** The same text for the same caller, and for no other. */
export function identityKey(caller: Principal): string {
  if (caller.kind === "token") return `token ${digest(caller.token)}`;
  const { user } = caller.identity;
  return user.length <= MAX_NAME_LENGTH ? `user ${user}` : `long user ${digest(user)}`;
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("base64");
}
