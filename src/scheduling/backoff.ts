/**
 * How long to wait before something that failed is tried again.
 *
 * Owns the one rule of list and watch, reviews and sinks: pauses in steps, the last of which repeats; a random share,
 * so that many agents that fail at the same moment do not come back together; never before the other side wants it.
 * Libraries (p-retry, retry, exponential-backoff, cockatiel) wrap one promise. A list and watch yields events between
 * its failures, and the clock and the random numbers are set by tests: with a wrapper around a wrapper, little would
 * be left of theirs.
 *
 * @module
 */
import { sleep } from "./sleep.ts";

/** How pauses are reckoned. */
export interface BackoffOptions {
  /** Milliseconds of the pause after the first failure in a row, the second, and so on; the last one repeats. */
  readonly stepsMs: readonly [number, ...number[]];
  /** The least and the greatest part of a step that a pause takes, in between by chance. @default {[1, 1]} */
  readonly jitter?: readonly [number, number];
  /** Numbers from 0 to 1, for the jitter. @default {Math.random} */
  readonly random?: (() => number) | undefined;
  /** Waits. @default {a timer} */
  readonly sleep?: ((ms: number, options: { readonly signal: AbortSignal }) => Promise<unknown>) | undefined;
}

/** A pause that follows a failure. */
export interface PauseOptions {
  /** Ends the pause: it rejects with the signal's reason. */
  readonly signal: AbortSignal;
  /** Milliseconds that the other side wants to be left alone. @default {0} */
  readonly leastMs?: number | undefined;
}

/** Pauses between attempts; nothing has failed at first. */
export class Backoff {
  readonly #stepsMs: readonly number[];
  readonly #jitter: readonly [number, number];
  readonly #random: () => number;
  readonly #sleep: (ms: number, options: { readonly signal: AbortSignal }) => Promise<unknown>;
  #failures = 0;

  /** Creates a backoff that has not failed yet. */
  constructor(options: BackoffOptions) {
    this.#stepsMs = options.stepsMs;
    this.#jitter = options.jitter ?? [1, 1];
    this.#random = options.random ?? Math.random;
    this.#sleep = options.sleep ?? sleep;
  }

  /** Failures in a row. */
  get failures(): number {
    return this.#failures;
  }

  /** Counts a failure. */
  fail(): void {
    this.#failures++;
  }

  /** Notes a success: the next failure is the first one again. */
  reset(): void {
    this.#failures = 0;
  }

  /** Waits before the next attempt, for as long as the failures in a row ask for; at least for the first step. */
  async pause({ signal, leastMs }: PauseOptions): Promise<void> {
    await this.#sleep(this.nextPauseMs({ leastMs }), { signal });
  }

  /** Returns the milliseconds of the pause before the next attempt, for those who wait by a timer of their own. */
  nextPauseMs({ leastMs = 0 }: Pick<PauseOptions, "leastMs"> = {}): number {
    const steps = this.#stepsMs;
    const stepMs = steps[Math.min(Math.max(this.#failures, 1), steps.length) - 1] ?? 0;
    const [from, to] = this.#jitter;
    return Math.max(leastMs, stepMs * (from + (to - from) * this.#random()));
  }
}
