/**
 * Decides whether a caller may read the logs of namespaces.
 *
 * A {@linkcode Grant} exists only after the API server, asked now or in the last 30 seconds, has allowed every
 * namespace in it. The first denial ends the review. Errors are never remembered, and equal questions at the same time
 * are put once. No file is read before: a refusal must not tell what there is.
 *
 * @module
 */
import { setImmediate } from "node:timers/promises";
import type { Reviewer, ReviewOutcome } from "../kube/access_review.ts";
import { KubeRequestError, UnknownTokenError } from "../kube/errors.ts";
import { createDecisionCache, type Decision } from "./_decision_cache.ts";
import { type DecisionKeys, decisionKeys } from "./_decision_key.ts";
import { createSingleFlight } from "./_single_flight.ts";
import { PermissionDeniedError, ReviewUnavailableError, UnauthenticatedError } from "./errors.ts";
import type { Grant } from "./grant.ts";
import type { Principal } from "./identity.ts";

export type { ReviewedIdentity, Reviewer, ReviewOptions, ReviewOutcome, ReviewSubject } from "../kube/access_review.ts";

/** Longer questions are put anew each time, as the API server does with its own reviews. */
const MAX_KEPT_LENGTH = 10_000;

/** Decisions in one time slice: less than a millisecond of work. */
const DECISIONS_PER_SLICE = 100;

/** What an authorizer works with. */
export interface AuthorizerOptions {
  /** Puts the reviews. */
  readonly reviewer: Reviewer;
  /** The only namespaces that may be read, whoever asks; none: no such limit. */
  readonly allowedNamespaces: readonly string[];
  /** Decisions that are remembered at most. @default {10_000} */
  readonly maxEntries?: number;
  /** Milliseconds for which a decision is remembered. @default {30_000} */
  readonly ttlMs?: number;
  /** A clock in milliseconds that does not step. @default {performance.now} */
  readonly now?: () => number;
  /** Called for each decision that is taken from memory. */
  readonly onRemembered?: () => void;
}

/** How to authorize. */
export interface AuthorizeOptions {
  /** Ends the wait; its reason is thrown. Other calls that wait for the same review go on. */
  readonly signal: AbortSignal;
  /**
   * Milliseconds: a remembered decision of this age or more does not count, and the new one takes its place.
   * @default {Infinity} as long as it is remembered
   */
  readonly maxAgeMs?: number;
}

/**
 * Decides. Both functions throw `PermissionDeniedError` for what is not allowed, `UnauthenticatedError` for a token
 * that the API server does not know, and `ReviewUnavailableError` where a review could not be put.
 */
export interface Authorizer {
  /**
   * Grants all of `namespaces`. Empty names among others are passed over, and each counts once; no names, or
   * only empty ones, mean all namespaces – or all of the allowed ones, where there is such a limit.
   */
  authorize(caller: Principal, namespaces: readonly string[], options: AuthorizeOptions): Promise<Grant>;
  /** Grants exactly `namespace`, as it is written: here an empty name does not mean all. */
  authorizeNamespace(caller: Principal, namespace: string, options: AuthorizeOptions): Promise<Grant>;
}

/** Creates an authorizer that remembers nothing yet. */
export function createAuthorizer(options: AuthorizerOptions): Authorizer {
  const { reviewer, maxEntries = 10_000, ttlMs = 30_000, now = () => performance.now(), onRemembered } = options;
  const allowedNamespaces = new Set(options.allowedNamespaces);
  const cache = createDecisionCache({ maxEntries, ttlMs, now });
  const singleFlight = createSingleFlight<Decision>();

  async function decide(
    keys: DecisionKeys,
    namespace: string | undefined,
    options: AuthorizeOptions,
  ): Promise<Decision> {
    const { signal, maxAgeMs = Infinity } = options;
    const { caller } = keys;
    const key = keys.keyOf(namespace);
    const known = cache.recall(key.text);
    if (known !== undefined && now() - known.decidedAtMs < maxAgeMs) {
      onRemembered?.();
      return known;
    }
    return await singleFlight.join(key.text, {
      signal,
      start: async (signal) => {
        const outcome = await decidedBy(reviewer.review(caller, { namespace, signal }));
        const decision: Decision = { outcome, decidedAtMs: now() };
        if (key.askedLength <= MAX_KEPT_LENGTH) cache.keep(key.text, decision);
        return decision;
      },
    });
  }

  /** Reviews one after the other, so that the first denial is also the last question. */
  async function grant(caller: Principal, namespaces: readonly string[], options: AuthorizeOptions): Promise<Grant> {
    for (const namespace of namespaces) {
      if (allowedNamespaces.size === 0 || allowedNamespaces.has(namespace)) continue;
      // Who asks learns nothing of this setting; the operator's line has the cause.
      throw denied(namespace, { cause: new Error("it is not in allowed-namespaces") });
    }
    const keys = decisionKeys(caller);
    let decidedAtMs = Infinity;
    for (const [index, namespace] of namespaces.entries()) {
      const decision = await decide(keys, namespace, options);
      if (decision.outcome !== "allowed") throw denied(namespace);
      decidedAtMs = Math.min(decidedAtMs, decision.decidedAtMs);
      // Remembered decisions do not let the event loop run.
      if (index % DECISIONS_PER_SLICE === DECISIONS_PER_SLICE - 1) {
        await setImmediate();
        options.signal.throwIfAborted();
      }
    }
    return grantFor(new Set(namespaces), decidedAtMs);
  }

  async function grantAll(caller: Principal, options: AuthorizeOptions): Promise<Grant> {
    if (allowedNamespaces.size > 0) return await grant(caller, [...allowedNamespaces], options);
    const { outcome, decidedAtMs } = await decide(decisionKeys(caller), undefined, options);
    if (outcome !== "allowed") throw denied("all");
    return grantFor("all", decidedAtMs);
  }

  return {
    authorize: async (caller, namespaces, options) => {
      options.signal.throwIfAborted();
      const named = new Set(namespaces);
      named.delete("");
      return named.size === 0 ? await grantAll(caller, options) : await grant(caller, [...named], options);
    },
    authorizeNamespace: async (caller, namespace, options) => {
      options.signal.throwIfAborted();
      return await grant(caller, [namespace], options);
    },
  };
}

/** What a review decides. Throws the caller's error where it could not be put. */
async function decidedBy(review: Promise<ReviewOutcome>): Promise<Decision["outcome"]> {
  try {
    const { allowed, denied } = await review;
    return allowed && !denied ? "allowed" : "denied";
  } catch (error) {
    throw refusalFor(error);
  }
}

function grantFor(namespaces: Grant["namespaces"], decidedAtMs: number): Grant {
  return Object.freeze({
    brand: "Grant" as const,
    namespaces,
    decidedAtMs,
    allows: (namespace: string) => namespaces === "all" || namespaces.has(namespace),
  });
}

function denied(namespace: string, options?: ErrorOptions): PermissionDeniedError {
  return new PermissionDeniedError(`permission denied: \`get pods/log\` in namespace \`${namespace}\``, options);
}

/** Returns the caller's error for a failed review. An error of another kind is a bug, and stays as it is. */
function refusalFor(error: unknown): unknown {
  if (error instanceof UnknownTokenError) {
    return new UnauthenticatedError("authentication token not accepted", { cause: error });
  }
  if (!(error instanceof KubeRequestError)) return error;
  const what = {
    unreachable: "the API server cannot be reached",
    timeout: "the API server did not answer in time",
    refused: `the API server answered ${error.status}`,
    unreadable: "the API server's answer cannot be read",
    overloaded: "too many wait for the API server",
  }[error.failure];
  const { retryAfterMs } = error;
  const given = retryAfterMs === undefined ? {} : { retryAfterMs };
  return new ReviewUnavailableError(`failed to authenticate: ${what}`, { cause: error, ...given });
}
