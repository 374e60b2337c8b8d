/**
 * Turns of the event loop in a test: no time passes, but all that is ready to run runs.
 *
 * @module
 */
import { setImmediate } from "node:timers/promises";

/** Lets so many ticks pass. */
export async function ticks(count = 10): Promise<void> {
  for (let tick = 0; tick < count; tick++) await setImmediate();
}

/**
 * Lets ticks pass until `isMet` returns true, which is checked after each.
 *
 * @throws {Error} which names the condition, after `maxTicks`
 */
export async function ticksUntil(
  condition: string,
  isMet: () => boolean,
  { maxTicks = 100_000 }: { readonly maxTicks?: number } = {},
): Promise<void> {
  for (let tick = 0; !isMet(); tick++) {
    if (tick === maxTicks) throw new Error(`Not within ${maxTicks} ticks: ${condition}`);
    await setImmediate();
  }
}
