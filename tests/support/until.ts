/**
 * Waits in tests for a condition, until a deadline.
 *
 * @module
 */
import assert from "#assert";

/** How it is waited. */
export interface UntilOptions {
  /** Milliseconds until it is given up. @default {20_000} */
  readonly limitMs?: number;
}

/** Resolves once `isMet` returns true, now or in some tick of the event loop; at the deadline fails with the condition's name. */
export async function until(
  condition: string,
  isMet: () => boolean | Promise<boolean>,
  { limitMs = 20_000 }: UntilOptions = {},
): Promise<void> {
  const end = performance.now() + limitMs;
  while (!await isMet()) {
    assert(performance.now() < end, `Timed out after ${limitMs} ms waiting until ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
