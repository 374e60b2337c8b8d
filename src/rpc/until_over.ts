/**
 * Waiting for nothing but the end of a call.
 *
 * @module
 */

/** Never resolves; rejects with the signal's reason when the call is over. */
export function untilOver(signal: AbortSignal): Promise<never> {
  if (signal.aborted) return Promise.reject(signal.reason);
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
