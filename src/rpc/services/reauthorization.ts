/**
 * Authorization that is reviewed again while a stream goes on: a caller who has lost the right to read gets no more.
 *
 * A stream goes on by a decision of the API server that is no older than `reviewMs`. A refusal ends it at once. Where a
 * review cannot be put, the stream goes on, and the review is tried again at growing intervals, until the last decision
 * is `staleAfterMs` old: then the stream ends UNAVAILABLE. Reviews fall due at random moments of the last quarter of
 * their interval, so that streams that began together do not ask together. A decision of that quarter, made for another
 * stream of the same caller, counts as the review.
 *
 * @module
 */
import { PermissionDeniedError, ReviewUnavailableError } from "../../auth/errors.ts";
import type { Grant } from "../../auth/grant.ts";
import { Backoff } from "../../scheduling/backoff.ts";
import { type Clock, processClock } from "../transport/clock.ts";

/** A call whose authorization is reviewed. */
export interface ReviewedCall {
  /** Fires when the call is over. */
  readonly signal: AbortSignal;
  /** Ends the call with an error. */
  fail(reason: Error): void;
  /** Reports an error that does not end the call. */
  report(error: unknown): void;
}

/** The time of a decision. */
type Decided = Pick<Grant, "decidedAtMs">;

/** What a review is asked with. */
export interface AskOptions {
  /** Fires when the call is over. */
  readonly signal: AbortSignal;
  /** Milliseconds: a decision that is younger counts as the review. */
  readonly maxAgeMs: number;
}

/** How a call's authorization is reviewed. */
export interface ReviewOptions {
  /** The authorization that the call begins with. */
  readonly granted: Decided;
  /** Milliseconds for which a decision counts. */
  readonly reviewMs: number;
  /** Milliseconds for which it counts where no review can be put. */
  readonly staleAfterMs: number;
  /** Asks again; throws the refusal, or `ReviewUnavailableError` where there is no answer. */
  readonly review: (options: AskOptions) => Promise<Decided>;
  /** Numbers from 0 to 1, for the moments of reviews. @default {Math.random} */
  readonly random?: () => number;
  /** The clock of decisions. @default {processClock} */
  readonly clock?: Clock;
}

/** The part of `reviewMs` in which reviews fall due, and in which another stream's decision counts. */
const LAST_QUARTER = 0.25;

/** Pauses after reviews in a row that could not be put, and the part of each that is taken. */
const RETRY_MS = [10_000, 20_000, 40_000, 80_000, 160_000] as const;
const RETRY_JITTER = [0.5, 1] as const;

/** Reviews a call's authorization periodically until disposed of. */
export function reauthorizePeriodically(call: ReviewedCall, options: ReviewOptions): Disposable {
  return new Reauthorization(call, options);
}

class Reauthorization implements Disposable {
  readonly #call: ReviewedCall;
  readonly #options: ReviewOptions;
  readonly #clock: Clock;
  readonly #random: () => number;
  /** Made by the first review that could not be put. */
  #backoff: Backoff | undefined;
  #decidedAtMs = 0;
  #due: Disposable | undefined;
  /** Set while a review is due and has no answer yet. */
  #stale: Disposable | undefined;
  #lastError: ReviewUnavailableError | undefined;
  #isOver = false;

  constructor(call: ReviewedCall, options: ReviewOptions) {
    this.#call = call;
    this.#options = options;
    this.#clock = options.clock ?? processClock;
    this.#random = options.random ?? Math.random;
    this.#goOnBy(options.granted);
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    this.#due?.[Symbol.dispose]();
    this.#stale?.[Symbol.dispose]();
  }

  /** Goes on by a decision, until the next review is due. */
  #goOnBy({ decidedAtMs }: Decided): void {
    this.#stale?.[Symbol.dispose]();
    this.#stale = undefined;
    this.#lastError = undefined;
    this.#backoff = undefined;
    this.#decidedAtMs = decidedAtMs;
    const part = 1 - LAST_QUARTER * this.#random();
    this.#reviewAfter(this.#leftMs(this.#options.reviewMs * part));
  }

  /** Milliseconds until the decision is `ageMs` old. */
  #leftMs(ageMs: number): number {
    return Math.max(0, this.#decidedAtMs + ageMs - this.#clock.now());
  }

  #reviewAfter(ms: number): void {
    if (!this.#isOver && !this.#call.signal.aborted) this.#due = this.#clock.later(() => void this.#review(), ms);
  }

  async #review(): Promise<void> {
    const { review, reviewMs, staleAfterMs } = this.#options;
    const { signal } = this.#call;
    this.#stale ??= this.#clock.later(() => this.#giveUp(), this.#leftMs(staleAfterMs));
    try {
      const decided = await review({ signal, maxAgeMs: reviewMs * LAST_QUARTER });
      if (!this.#isOver) this.#goOnBy(decided);
    } catch (error) {
      if (this.#isOver || signal.aborted) return;
      if (error instanceof ReviewUnavailableError) this.#tryAgain(error);
      else this.#end(error instanceof Error ? error : new PermissionDeniedError("permission denied", { cause: error }));
    }
  }

  #tryAgain(error: ReviewUnavailableError): void {
    this.#lastError = error;
    this.#call.report(error);
    const [firstMs, ...laterMs] = RETRY_MS;
    const capped = (ms: number): number => Math.min(ms, this.#options.reviewMs);
    this.#backoff ??= new Backoff({
      stepsMs: [capped(firstMs), ...laterMs.map(capped)],
      jitter: RETRY_JITTER,
      random: this.#random,
    });
    this.#backoff.fail();
    this.#reviewAfter(this.#backoff.nextPauseMs({ leastMs: error.retryAfterMs }));
  }

  /** Ends the call: nobody knows any more whether the caller may read. */
  #giveUp(): void {
    const reason = this.#lastError?.message ?? "failed to authenticate: the API server did not answer in time";
    const seconds = Math.round((this.#clock.now() - this.#decidedAtMs) / 1_000);
    const text = `${reason}; access was last reviewed ${seconds} s ago`;
    this.#end(new ReviewUnavailableError(text, { cause: this.#lastError?.cause }));
  }

  #end(reason: Error): void {
    this[Symbol.dispose]();
    this.#call.fail(reason);
  }
}
