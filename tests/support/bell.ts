/**
 * Changes of logs that are told when a test says so, and a clock that goes on when a test says so.
 *
 * @module
 */
import type { LogChanges, Ring } from "../../src/logs/log_changes.ts";
import { lookAtLog } from "../../src/logs/log_look.ts";

/** Tells all that wait, when it is rung. */
export interface Bell extends LogChanges {
  /** Calls every listener. */
  ring(kind?: Ring): void;
  /** How many wait. */
  waiting(): number;
}

/** A bell. */
export function createBell(): Bell {
  const listeners = new Set<{ readonly call: (ring: Ring) => void }>();
  return {
    watch: ({ link }, listener) => {
      const one = { call: (ring: Ring) => listener(ring, () => lookAtLog(link)) };
      listeners.add(one);
      return { [Symbol.dispose]: () => void listeners.delete(one) };
    },
    ring: (kind = "event") => {
      for (const { call } of [...listeners]) call(kind);
    },
    waiting: () => listeners.size,
    [Symbol.dispose]: () => listeners.clear(),
  };
}
