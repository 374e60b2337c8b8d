/**
 * One key for one question: who, and which namespace.
 *
 * Promises that two questions have the same key only if the API server cannot tell them apart. The text that is hashed
 * is JSON, so no character in a name can be taken for a separator; the hash keeps keys short and tokens out of memory.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { Principal } from "./identity.ts";

/** A question's key. */
export interface DecisionKey {
  /** The same for the same question, 44 characters. */
  readonly text: string;
  /** The length of what was asked, in characters before hashing: very long questions are not worth remembering. */
  readonly askedLength: number;
}

/**
 * The keys of one caller's questions: the caller, who may be in a thousand groups, is written and hashed once for all
 * of them.
 */
export interface DecisionKeys {
  /** Who asks. */
  readonly caller: Principal;
  /** The key of the question whether the caller may `get pods/log` in `namespace` (`undefined`: in all). */
  keyOf(namespace: string | undefined): DecisionKey;
}

/** The keys of a caller's questions. */
export function decisionKeys(caller: Principal): DecisionKeys {
  const who = caller.kind === "token" ? { token: sha256(caller.token) } : {
    user: caller.identity.user,
    groups: [...caller.identity.groups].sort(),
    extra: Object.entries(caller.identity.extra)
      .map(([key, values]) => [key, [...values].sort()] as const)
      .sort(([a], [b]) => a < b ? -1 : 1),
  };
  const whoText = JSON.stringify(who);
  const whoHash = sha256(whoText);
  return {
    caller,
    keyOf: (namespace) => {
      const asked = JSON.stringify({ who: whoHash, namespace: namespace ?? null, verb: "get", resource: "pods/log" });
      return { text: sha256(asked), askedLength: asked.length - whoHash.length + whoText.length };
    },
  };
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("base64");
}
