/**
 * The clock and the timers of connections.
 *
 * @module
 */
import { setTimeout } from "node:timers";

/** A clock with timers. */
export interface Clock {
  /** Milliseconds; never steps back. */
  now(): number;
  /** Calls back once after `ms`, unless the answer is disposed of before. Does not keep the process alive. */
  later(callback: () => void, ms: number): Disposable;
}

/** The clock of the process. */
export const processClock: Clock = {
  now: () => performance.now(),
  later: (callback, ms) => setTimeout(callback, ms).unref(),
};
