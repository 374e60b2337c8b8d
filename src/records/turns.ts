/**
 * Fairness on the one thread: work waits for its turn, and between two turns whatever came from the network goes first.
 *
 * Many reads may come back at once; if each went on at once, an answer to a health check – which takes several rounds of the event loop – would wait for all
 * of them several times. So about one block is worked on in a round, then the next in line goes on in the next one.
 *
 * @module
 */
import { setImmediate } from "node:timers";

/** Work that may begin in one round, in milliseconds: about one block of a megabyte. */
const ROUND_MS = 0.2;

const waiting: (() => void)[] = [];
/** When the first work of this round began. */
let began: number | undefined;

/** Resolves when it is the caller's turn to work for a few milliseconds at most: at once, while little has been done in this round. */
export function turn(): Promise<void> {
  if (began === undefined) {
    beginRound();
    return Promise.resolve();
  }
  if (waiting.length === 0 && performance.now() - began < ROUND_MS) return Promise.resolve();
  return new Promise((resolve) => waiting.push(resolve));
}

function beginRound(): void {
  began = performance.now();
  setImmediate(endRound);
}

function endRound(): void {
  began = undefined;
  const next = waiting.shift();
  if (next === undefined) return;
  beginRound();
  next();
}
