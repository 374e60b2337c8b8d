/**
 * A wait for a promise that may never be settled, with a deadline that names what is waited for.
 *
 * @module
 */

/** How long to wait. */
export interface InTimeOptions {
  /** Milliseconds after which the wait has failed. @default {120_000} */
  readonly deadlineMs?: number;
}

/**
 * Resolves or rejects as `promise` does.
 *
 * @throws {Error} which names the condition, after the deadline; `condition` is asked then
 */
export async function inTime<T>(
  condition: () => string,
  promise: Promise<T>,
  { deadlineMs = 120_000 }: InTimeOptions = {},
): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`Not within ${deadlineMs} ms: ${condition()}`)), deadlineMs);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
