/**
 * A timer whose time has come when a test says so; one at a time.
 *
 * @module
 */
import assert from "#assert";

/** The timer. */
export interface ManualTimer {
  /** Sets it, in the place of `setTimeout`; fails where it is set. */
  readonly later: (callback: () => void, ms: number) => Disposable;
  /** What it was set to each time, in milliseconds. */
  readonly setMs: readonly number[];
  /** Whether it is set. */
  isSet(): boolean;
  /** Calls back, if it is set. */
  fire(): void;
}

/** A timer that is not set. */
export function createManualTimer(): ManualTimer {
  const setMs: number[] = [];
  let next: (() => void) | undefined;
  return {
    setMs,
    isSet: () => next !== undefined,
    later: (callback, ms) => {
      assert.equal(next, undefined);
      setMs.push(ms);
      next = callback;
      return { [Symbol.dispose]: () => void (next = undefined) };
    },
    fire: () => {
      const callback = next;
      next = undefined;
      callback?.();
    },
  };
}
