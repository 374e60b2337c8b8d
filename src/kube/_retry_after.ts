/**
 * The header `retry-after`, and what stands for it in a status object: how long a server that refuses wants to be left
 * alone.
 *
 * @module
 */

/** Longer waits are not granted: what a server or a proxy says is not to stop this program for hours. */
const LONGEST_MS = 60_000;

/** The same by the `details.retryAfterSeconds` of a status object, which may be anything; 0 stands for none. */
export function statusRetryAfterMs(details: unknown): number | undefined {
  const { retryAfterSeconds: seconds } = Object(details) as { readonly retryAfterSeconds?: unknown };
  return typeof seconds === "number" && seconds > 0 ? Math.min(LONGEST_MS, seconds * 1_000) : undefined;
}

/**
 * Milliseconds to wait, at most a minute; nothing where the header is absent or cannot be read. It holds seconds or a
 * date (RFC 9110, 10.2.3); `now` is in milliseconds since 1970.
 */
export function retryAfterMs(header: string | undefined, now: () => number = Date.now): number | undefined {
  const text = header?.trim() ?? "";
  if (text.length > 40) return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : /^[A-Z][a-z]{2}/.test(text) ? Date.parse(text) - now() : NaN;
  return Number.isNaN(ms) ? undefined : Math.min(LONGEST_MS, Math.max(0, ms));
}
