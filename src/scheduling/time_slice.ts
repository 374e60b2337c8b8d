/**
 * Fairness on the one thread: work waits for its turn, and between two turns whatever came from the network goes first.
 *
 * Many reads may come back at once; if each went on at once, an answer to a health check – which takes several rounds of the event loop – would wait for all
 * of them several times. So one block is worked on in a round, then the next in line goes on in a later one: with some rounds in between, in which nothing
 * else is done.
 *
 * @module
 */
import { setImmediate } from "node:timers";

const waiting: (() => void)[] = [];
/** Whether work has begun in this round. */
let isTaken = false;

/** Resolves when it is the caller's turn to work for a few milliseconds at most: at once, where nobody has begun in this round. */
export function nextSlice(): Promise<void> {
  if (!isTaken) {
    beginTick();
    return Promise.resolve();
  }
  return new Promise((resolve) => waiting.push(resolve));
}

/** Calls back after so many rounds of the event loop, in which others have theirs. */
export function afterTicks(rounds: number, callback: () => void): void {
  setImmediate(() => rounds === 1 ? callback() : afterTicks(rounds - 1, callback));
}

/** Rounds without work between two turns, where several wait: what comes from the network takes many of them to be read, answered and sent. */
const TICKS_BETWEEN = 8;

function beginTick(): void {
  isTaken = true;
  setImmediate(() => waiting.length > 1 ? afterTicks(TICKS_BETWEEN, endTick) : endTick());
}

function endTick(): void {
  isTaken = false;
  const next = waiting.shift();
  if (next === undefined) return;
  beginTick();
  next();
}
