/**
 * Changes of logs that are told when a test says so, and a clock that goes on when a test says so.
 *
 * @module
 */
import type { ChangeKind, LogChanges } from "../../src/logs/log_changes.ts";
import { statLog } from "../../src/logs/log_stat.ts";

/** Tells all that wait, when it is rung. */
export interface ManualChanges extends LogChanges {
  /** Calls every listener. */
  notify(kind?: ChangeKind): void;
  /** How many wait. */
  waiting(): number;
}

/** A bell. */
export function createManualChanges(): ManualChanges {
  const listeners = new Set<{ readonly call: (ring: ChangeKind) => void }>();
  return {
    watch: ({ link }, listener) => {
      const one = { call: (ring: ChangeKind) => listener(ring, () => statLog(link)) };
      listeners.add(one);
      return { [Symbol.dispose]: () => void listeners.delete(one) };
    },
    notify: (kind = "event") => {
      for (const { call } of [...listeners]) call(kind);
    },
    waiting: () => listeners.size,
    watchedFolders: () => 0,
    [Symbol.dispose]: () => listeners.clear(),
  };
}
