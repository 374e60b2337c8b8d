/**
 * Regular polls, each as rarely as all of them together may take of a processor.
 *
 * A poll backs up notifications that can be missing or lost, so only that a poll comes matters, not when. All polls of
 * one process run one after the other: a poll need not repeat what the one before has found.
 *
 * @module
 */
import { setTimeout } from "node:timers";
import { limits } from "./limits.ts";

/** Runs polls. */
export interface Poller {
  /**
   * Runs `poll` in every interval from now on, until disposed of.
   *
   * `poll` resolves to the milliseconds for which it kept others waiting, in all. A rejection is an unhandled one, and
   * the polls go on.
   */
  add(poll: () => Promise<number>): Disposable;
}

/** What can be set. */
export interface PollerOptions {
  /** Milliseconds between two polls, at least. @default {1000} */
  readonly everyMs?: number;
  /** Calls back after so many milliseconds, unless disposed of. @default {setTimeout} */
  readonly later?: (callback: () => void, ms: number) => Disposable;
}

/** A poller without polls; it has no timer. */
export function createPoller(options: PollerOptions = {}): Poller {
  const { everyMs = limits.pollMs, later = setTimeout } = options;
  const polls = new Set<() => Promise<number>>();
  let next: Disposable | undefined;
  let isRunning = false;

  function schedule(spentMs: number): void {
    if (isRunning || polls.size === 0) return;
    const pauseMs = Math.min(everyMs + spentMs * limits.pollPauseFactor, Math.max(everyMs, limits.maxPollMs));
    next ??= later(() => void pollAll(), pauseMs);
  }

  async function pollAll(): Promise<void> {
    next = undefined;
    isRunning = true;
    let spentMs = 0;
    try {
      for (const poll of polls) spentMs += await poll();
    } finally {
      isRunning = false;
      schedule(spentMs);
    }
  }

  return {
    add: (poll) => {
      polls.add(poll);
      schedule(0);
      return {
        [Symbol.dispose]: () => {
          polls.delete(poll);
          if (polls.size > 0) return;
          next?.[Symbol.dispose]();
          next = undefined;
        },
      };
    },
  };
}
