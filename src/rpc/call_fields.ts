/**
 * What log lines say of a call: who asks, for what, and what came of it.
 *
 * Never a token, a pattern or the text of a log: of a pattern its length. What a caller has chosen is cut here, and
 * escaped where lines are written.
 *
 * @module
 */
import type { Principal } from "../auth/identity.ts";
import { type LogFields, shownText } from "../telemetry/log.ts";
import type { AgentCall } from "./agent_call.ts";
import type { PrincipalOf } from "./principal.ts";

/** Who asks, as far as that is known and believed. */
export function whoAsks(
  call: AgentCall<unknown>,
  callerOf: PrincipalOf,
): { readonly user?: string; readonly client?: string; readonly address?: string } {
  const { commonName, address } = call.peer;
  const user = userOf(call, callerOf);
  return {
    ...(user === undefined ? {} : { user: shownText(user) }),
    ...(commonName === undefined ? {} : { client: shownText(commonName) }),
    ...(address === undefined ? {} : { address }),
  };
}

function userOf(call: AgentCall<unknown>, callerOf: PrincipalOf): string | undefined {
  let caller: Principal;
  try {
    caller = callerOf(call);
  } catch {
    // That failure has a line of its own.
    return undefined;
  }
  return caller.kind === "identity" ? caller.identity.user : "bearer of a token";
}

/** Namespaces of a list that a line names. */
const MAX_NAMESPACES = 5;

/** The namespace and log of a request: fields that every request of the log services has under these names. */
export function whatIsAsked(request: unknown): { readonly namespace?: string; readonly log?: string } {
  // Of a stream of requests there is no first one.
  const fields = (request ?? {}) as Readonly<Record<string, unknown>>;
  const { namespace, namespaces, pod_name: pod, container_name: container, container_id: id } = fields;
  if (typeof namespace === "string") {
    return { namespace: shownText(namespace), log: [pod, container, id].map((part) => shownText(`${part}`)).join("/") };
  }
  if (!Array.isArray(namespaces)) return {};
  const named = namespaces.slice(0, MAX_NAMESPACES).map((name) => shownText(`${name}`, 64));
  const more = namespaces.length > MAX_NAMESPACES ? [`and ${namespaces.length - MAX_NAMESPACES} more`] : [];
  return { namespace: named.length === 0 ? "all" : [...named, ...more].join(", ") };
}

/** The values of `follow_from` with which a stream goes on, as a line names them. */
const FOLLOWS: Readonly<Record<string, string>> = { DEFAULT: "start", END: "end" };

/** What the call asks for beside its log, and what it has done so far. */
export function figuresOf(
  { request, figures, type }: AgentCall<unknown>,
  { nowMs }: { readonly nowMs: number },
): LogFields {
  const { grep, follow_from: followFrom } = (request ?? {}) as Readonly<Record<string, unknown>>;
  const { records, bytes, scannedBytes, rotatedFiles, gaps, startedMs } = figures;
  const follow = FOLLOWS[`${followFrom}`];
  return {
    ...(typeof grep === "string" ? { patternLength: grep.length } : {}),
    ...(type === "server_stream" && follow !== undefined ? { follow } : {}),
    records,
    bytes,
    ...(scannedBytes > 0 ? { scannedBytes } : {}),
    ...(rotatedFiles > 0 ? { rotatedFiles } : {}),
    ...(gaps > 0 ? { gaps } : {}),
    ms: Math.round(nowMs - startedMs),
  };
}
