/**
 * What can go wrong between this program and the API server.
 *
 * Owns the error classes of the room. Promises that their messages name neither tokens nor keys; what the platform
 * said is kept as `cause`. Does not know the answer to a caller of the agent: that is decided above.
 *
 * @module
 */

/**
 * Why the API server gave no usable answer: no connection or a broken one, no answer in time, an answer that says
 * no (its status is kept), an answer that cannot be read, or a request that was not put because too many wait.
 */
export type KubeFailure = "unreachable" | "timeout" | "refused" | "unreadable" | "overloaded";

/** The limit over which a request was not put: of those that wait, of those of one caller, or of the time to wait. */
export type QueueLimit = "waiting" | "waiting_per_caller" | "wait";

/** A request to the API server brought no usable answer. */
export class KubeRequestError extends Error {
  /** The class, as an error log shows it. */
  override readonly name = "KubeRequestError";
  /** Which of them it was. */
  readonly failure: KubeFailure;
  /** The status of the answer, where there was one. */
  readonly status: number | undefined;
  /** Milliseconds for which the server wants to be left alone, where it said so. */
  readonly retryAfterMs: number | undefined;
  /** The limit, where it was not put. */
  readonly limit: QueueLimit | undefined;

  /** `message` follows the grammar of all messages; `cause` is what the platform threw. */
  constructor(message: string, options: KubeRequestErrorOptions) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.failure = options.failure;
    this.status = options.status;
    this.retryAfterMs = options.retryAfterMs;
    this.limit = options.limit;
  }
}

/** What a {@linkcode KubeRequestError} carries beside its message. */
export interface KubeRequestErrorOptions {
  /** Which of them it was. */
  readonly failure: KubeFailure;
  /** The status of the answer, where there was one. */
  readonly status?: number;
  /** Milliseconds for which the server wants to be left alone, where it said so. */
  readonly retryAfterMs?: number | undefined;
  /** The limit, where it was not put. */
  readonly limit?: QueueLimit;
  /** What the platform threw. */
  readonly cause?: unknown;
}

/** The API server does not know the token that a caller gave (401): not this program's fault, and not to be retried. */
export class UnknownTokenError extends Error {
  /** The class, as an error log shows it. */
  override readonly name = "UnknownTokenError";
}

/** No configuration says where the API server is, or the one that does cannot be used. */
export class KubeConfigError extends Error {
  /** The class, as an error log shows it. */
  override readonly name = "KubeConfigError";
}
