/**
 * Asks the API server whether somebody may read the logs of pods.
 *
 * Owns the two kinds of review: a SubjectAccessReview, put by this program about an identity, and a
 * SelfSubjectAccessReview, put with a caller's token as the only credential. Of each kind there are as many at once as
 * connections; others wait in a bounded queue, in which callers take turns. Promises an answer or an error within the
 * limit from when a review's turn has come, and that only answers that may pass (429, 5xx) are asked for
 * again. Remembers nothing and decides nothing: `allowed` and `denied` are handed on as they came.
 *
 * @module
 */
import { createKubeClient, type KubeAnswer, type KubeClientOptions, type KubeRequest } from "./api_client.ts";
import { AdmissionQueue, type AdmissionQueueOptions } from "./_admission_queue.ts";
import { startDeadline } from "./_deadline.ts";
import type { KubeConfig } from "./credentials.ts";
import { KubeRequestError, UnknownTokenError } from "./errors.ts";
import { Backoff } from "../scheduling/backoff.ts";

/** Who is asked about: an identity that somebody vouches for, or whoever a token belongs to. */
export type ReviewSubject =
  | { readonly kind: "identity"; readonly identity: ReviewedIdentity }
  | { readonly kind: "token"; readonly token: string };

/** An identity as the API server knows it. */
export interface ReviewedIdentity {
  /** The user's name. */
  readonly user: string;
  /** The groups the user is in. */
  readonly groups: readonly string[];
  /** What else is known of the user. */
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/** What is asked beside the subject. */
export interface ReviewOptions {
  /** The namespace of the pods; absent: all namespaces. */
  readonly namespace?: string | undefined;
  /** Ends the review; its reason is thrown. */
  readonly signal: AbortSignal;
}

/** The API server's answer. An allowance counts only without a denial beside it. */
export interface ReviewOutcome {
  /** The API server allows it. */
  readonly allowed: boolean;
  /** The API server forbids it, whatever else allows it. */
  readonly denied: boolean;
}

/** Puts reviews. */
export interface Reviewer {
  /**
   * May the subject `get pods/log`? Throws an `UnknownTokenError` for a token that the API server does not know, and a
   * `KubeRequestError` where the review could not be put or its answer could not be read.
   */
  review(subject: ReviewSubject, options: ReviewOptions): Promise<ReviewOutcome>;
}

/** Limits of a reviewer. */
export interface ReviewerOptions extends KubeClientOptions, Omit<AdmissionQueueOptions, "maxActive"> {
  /** Milliseconds for one review, repetitions included, its time in the queue not. @default {10_000} */
  readonly limitMs?: number;
  /**
   * Milliseconds (give or take a quarter) before each repetition; as many repetitions as entries. @default {[250,
   * 1_000, 3_000]}
   */
  readonly pausesMs?: readonly number[];
  /** Numbers from 0 to 1, for the give or take. @default {Math.random} */
  readonly random?: () => number;
  /** Waits before a repetition. @default {a timer} */
  readonly pause?: (ms: number, options: { readonly signal: AbortSignal }) => Promise<unknown>;
}

/** A reviewer with connections of its own; dispose of it to close them. */
export interface KubeReviewer extends Reviewer, Disposable {
  /** Reviews that wait for a slot. */
  readonly waiting: number;
}

/** A reviewer that asks the API server of `config`. */
export function createReviewer(config: KubeConfig, options: ReviewerOptions = {}): KubeReviewer {
  const { limitMs = 10_000, pausesMs = [250, 1_000, 3_000], maxConnections = 32 } = options;
  // A kept connection may be closed by the other side just when a review leaves on it, and nobody can tell whether the
  // review has arrived.
  const client = createKubeClient(config, { ...options, maxConnections, keepsConnections: false });
  // The client keeps connections of their own for callers' tokens.
  const queues = {
    identity: new AdmissionQueue({ ...options, maxActive: maxConnections }),
    token: new AdmissionQueue({ ...options, maxActive: maxConnections }),
  };

  async function requestPatiently(request: KubeRequest): Promise<KubeAnswer> {
    const { random, pause } = options;
    const [firstMs = 0, ...laterMs] = pausesMs;
    const backoff = new Backoff({ stepsMs: [firstMs, ...laterMs], jitter: [0.75, 1.25], random, sleep: pause });
    const endMs = performance.now() + limitMs;
    while (backoff.failures < pausesMs.length) {
      const answer = await client.request(request);
      if (answer.status !== 429 && answer.status < 500) return answer;
      const { retryAfterMs = 0 } = answer;
      // To wait for what comes too late would only turn this answer into none.
      if (retryAfterMs >= endMs - performance.now()) return answer;
      backoff.fail();
      await backoff.pause({ signal: request.signal, leastMs: retryAfterMs });
    }
    return await client.request(request);
  }

  async function review(subject: ReviewSubject, { namespace, signal }: ReviewOptions): Promise<ReviewOutcome> {
    const who = subject.kind === "token" ? subject.token : subject.identity.user;
    using _slot = await queues[subject.kind].enter(who, { signal });
    const asked = question(subject, namespace);
    using limit = startDeadline(signal, { ms: limitMs, what: "Cannot complete access review: no answer" });
    const request = { ...asked, method: "POST", signal: limit.signal } as const;
    return outcomeOf(await limit.orReason(requestPatiently(request)), subject);
  }

  return {
    review,
    get waiting(): number {
      return queues.identity.waiting + queues.token.waiting;
    },
    [Symbol.dispose]: () => client[Symbol.dispose](),
  };
}

/** The kind of review that is asked for about each kind of subject. */
const REVIEW_KINDS = { identity: "SubjectAccessReview", token: "SelfSubjectAccessReview" } as const;

const API_VERSION = "authorization.k8s.io/v1";

/** Path, body and credential of the review; what is empty is left out, as kubectl does. */
function question(
  subject: ReviewSubject,
  namespace: string | undefined,
): Pick<KubeRequest, "path" | "body" | "bearer"> {
  const resourceAttributes = {
    ...(namespace === undefined ? {} : { namespace }),
    verb: "get",
    resource: "pods",
    subresource: "log",
  };
  if (subject.kind === "token") {
    return asked(REVIEW_KINDS.token, { resourceAttributes }, { bearer: subject.token });
  }
  const { user, groups, extra } = subject.identity;
  return asked(REVIEW_KINDS.identity, {
    user,
    ...(groups.length === 0 ? {} : { groups }),
    ...(Object.keys(extra).length === 0 ? {} : { extra }),
    resourceAttributes,
  });
}

function asked(
  kind: string,
  spec: unknown,
  credential: { readonly bearer?: string } = {},
): Pick<KubeRequest, "path" | "body" | "bearer"> {
  return {
    path: `/apis/${API_VERSION}/${kind.toLowerCase()}s`,
    body: { apiVersion: API_VERSION, kind, spec },
    ...credential,
  };
}

function outcomeOf(answer: KubeAnswer, subject: ReviewSubject): ReviewOutcome {
  if (answer.status === 401 && subject.kind === "token") {
    throw new UnknownTokenError("Cannot review access: the API server does not know the token");
  }
  if (answer.status < 200 || answer.status > 299) {
    throw new KubeRequestError(
      `Cannot review access: the API server answered ${answer.status}`,
      {
        failure: "refused",
        status: answer.status,
        retryAfterMs: answer.retryAfterMs,
      },
    );
  }
  const review = parsedObject(answer.body);
  const { kind = REVIEW_KINDS[subject.kind], apiVersion = API_VERSION } = review;
  if (kind !== REVIEW_KINDS[subject.kind] || apiVersion !== API_VERSION) throw unreadable();
  // No status at all means that nobody decided: not an error, and not an allowance.
  const status = review["status"] === undefined || review["status"] === null ? {} : review["status"];
  if (typeof status !== "object") throw unreadable();
  const { allowed = false, denied = false } = status as Record<string, unknown>;
  if (typeof allowed !== "boolean" || typeof denied !== "boolean") {
    throw unreadable();
  }
  return { allowed, denied };
}

function parsedObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw unreadable(cause);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw unreadable();
  }
  return value as Record<string, unknown>;
}

function unreadable(cause?: unknown): KubeRequestError {
  return new KubeRequestError(
    "Cannot review access: the answer is not an access review",
    {
      failure: "unreadable",
      cause,
    },
  );
}
