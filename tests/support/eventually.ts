/**
 * A wait for a condition that nothing announces, with a deadline that names the condition.
 *
 * @module
 */
import { setImmediate, setTimeout } from "node:timers/promises";

/** How to wait. */
export interface EventuallyOptions {
  /** Milliseconds after which the condition has failed. @default {120_000} */
  readonly deadlineMs?: number;
  /** Milliseconds between two checks; 0 is one tick of the event loop. @default {0} */
  readonly pauseMs?: number;
}

/**
 * Resolves when `isMet` returns true, which is checked again and again.
 *
 * @throws {Error} which names the condition, after the deadline
 */
export async function eventually(
  condition: string,
  isMet: () => boolean | Promise<boolean>,
  { deadlineMs = 60_000, pauseMs = 0 }: EventuallyOptions = {},
): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  while (!await isMet()) {
    if (performance.now() >= deadline) throw new Error(`Not within ${deadlineMs} ms: ${condition}`);
    await (pauseMs === 0 ? setImmediate() : setTimeout(pauseMs));
  }
}
