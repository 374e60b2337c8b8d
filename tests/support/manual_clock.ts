/**
 * A clock that goes on when a test says so.
 *
 * @module
 */
import type { Clock } from "../../src/rpc/transport/clock.ts";

/** The clock. */
export interface ManualClock extends Clock {
  /** Goes on by `ms`, and calls back what is due, the earliest first. */
  advance(ms: number): void;
  /** After how many milliseconds each timer is due that is set, the earliest first. */
  timers(): number[];
}

/** A clock that stands at 0. */
export function createManualClock(): ManualClock {
  let time = 0;
  const timers = new Set<{ readonly at: number; readonly callback: () => void }>();
  const inOrder = (): { readonly at: number; readonly callback: () => void }[] =>
    [...timers].sort((a, b) => a.at - b.at);
  return {
    now: () => time,
    later: (callback, ms) => {
      const timer = { at: time + ms, callback };
      timers.add(timer);
      return { [Symbol.dispose]: () => void timers.delete(timer) };
    },
    advance: (ms) => {
      const end = time + ms;
      for (let [next] = inOrder(); next !== undefined && next.at <= end; [next] = inOrder()) {
        timers.delete(next);
        time = next.at;
        next.callback();
      }
      time = end;
    },
    timers: () => inOrder().map(({ at }) => at - time),
  };
}
