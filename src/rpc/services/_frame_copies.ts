/**
 * How many long frames the process holds whole, and who waits to hold one.
 *
 * Copies are given back as fast as clients read. One that waits does so only as long as others are given back: behind
 * clients that read nothing nobody waits, but for the first one that finds it out.
 *
 * @module
 */
import { clearTimeout, setTimeout } from "node:timers";

/** So many long frames are held whole: four MiB each. */
const MAX_COPIES = 4;
/** Whoever gets no copy within so many milliseconds goes on without one. */
const WAIT_MS = 500;

const waiting: (() => void)[] = [];
let held = 0;
let given = 0;
/** How many had been given back when somebody waited in vain. */
let stuckAt: number | undefined;

/** Takes a copy's place where one is free; returns whether it has. */
export function holdCopy(): boolean {
  if (held >= MAX_COPIES) return false;
  held++;
  return true;
}

/** Gives the place back. */
export function returnCopy(): void {
  held--;
  given++;
  waiting.shift()?.();
}

/** Whether a place is likely to be free soon. */
export function isWorthWaiting(): boolean {
  return stuckAt !== given;
}

/** Resolves when a place may be free, or none was given back for a while. */
export function copyReturned(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(() => {
    const at = waiting.indexOf(go);
    if (at >= 0) waiting.splice(at, 1);
    stuckAt = given;
    resolve();
  }, WAIT_MS);
  function go(): void {
    clearTimeout(timer);
    resolve();
  }
  waiting.push(go);
  return promise;
}
