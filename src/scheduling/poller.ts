/**
 * Looks that are made again and again: each as seldom as all of them together may take of a processor.
 *
 * What is looked at in rounds changes without a word, or its changes may be lost; so nothing hangs on when a round comes, but that it comes. Those who are in
 * the rounds of one process have their turns one after the other: what the one has seen the next need not look at.
 *
 * @module
 */
import { setTimeout } from "node:timers";

/** Rounds of looks. */
export interface Poller {
  /**
   * Looks in every round from now on, until disposed of.
   *
   * `look` resolves to the milliseconds for which it kept others waiting, in all; what it throws is for whoever takes unhandled rejections, and the rounds go on.
   */
  add(look: () => Promise<number>): Disposable;
}

/** What can be set. */
export interface PollerOptions {
  /** Milliseconds from round to round, at least. @default {1000} */
  readonly everyMs?: number;
  /** Calls back after so many milliseconds, unless disposed of. @default {setTimeout} */
  readonly later?: (callback: () => void, ms: number) => Disposable;
}

/** Rounds take up less than one part in so many of the time. */
const SHARE = 200;
/** Nobody waits longer for one, however much there is to look at: ten thousand logs take up one part in a hundred. */
const MAX_PAUSE_MS = 15_000;

/** Rounds in which nobody looks yet: none are made. */
export function createPoller(options: PollerOptions = {}): Poller {
  const { everyMs = 1000, later = setTimeout } = options;
  const polls = new Set<() => Promise<number>>();
  let next: Disposable | undefined;
  let isRunning = false;

  function schedule(spentMs: number): void {
    if (isRunning || polls.size === 0) return;
    const pauseMs = Math.min(everyMs + spentMs * SHARE, Math.max(everyMs, MAX_PAUSE_MS));
    next ??= later(() => void pollAll(), pauseMs);
  }

  async function pollAll(): Promise<void> {
    next = undefined;
    isRunning = true;
    let spentMs = 0;
    try {
      for (const look of polls) spentMs += await look();
    } finally {
      isRunning = false;
      schedule(spentMs);
    }
  }

  return {
    add: (look) => {
      polls.add(look);
      schedule(0);
      return {
        [Symbol.dispose]: () => {
          polls.delete(look);
          if (polls.size > 0) return;
          next?.[Symbol.dispose]();
          next = undefined;
        },
      };
    },
  };
}
