/**
 * Who a call comes from: what the transport saw, handed to the rules of the configured mode.
 *
 * @module
 */
import { bearer } from "../auth/bearer_token.ts";
import type { Principal } from "../auth/identity.ts";
import { identify } from "../auth/proxy_trust.ts";
import type { AgentCall } from "./agent_call.ts";

/** Which rules tell a caller. */
export interface PrincipalOptions {
  /** `proxy`: a verified client names the user; `token`: the call carries the user's own token. */
  readonly mode: "proxy" | "token";
  /** Returns the common names of clients that may name a user now; none: any verified one. */
  readonly allowedNames: () => readonly string[];
}

/** Tells the caller of a call, or throws one of the errors of `auth/errors.ts`. */
export type PrincipalOf = (call: AgentCall<unknown>) => Principal;

/** The rules of a mode. */
export function principalOf(options: PrincipalOptions): PrincipalOf {
  const { mode, allowedNames } = options;
  if (mode === "token") return (call) => bearer({ authorization: call.metadata("authorization") });
  return (call) =>
    identify({
      ...call.peer,
      remoteUser: call.metadata("x-remote-user"),
      remoteGroup: call.metadata("x-remote-group"),
      remoteExtras: call.metadata("x-remote-extras"),
      authorization: [],
    }, { allowedNames: allowedNames() });
}
