/**
 * Tells whether something happens for the first time, so that a file that is skipped on each of a thousand requests is logged
 * once. Bounded in both ways: at most so many keys are kept, and at most so many first times are told per period.
 * @module
 */

/** Bounds of {@link createOnce}. */
export interface OnceOptions {
  /** How many keys are told per period; further ones are not told. @default 1000 */
  readonly maxKeys?: number;
  /** The period after which all keys are forgotten, so that what goes on is told again. @default 3600000 (one hour) */
  readonly periodMs?: number;
  /** Milliseconds on a clock that never steps back. @default performance.now */
  readonly now?: () => number;
}

/** True the first time that it is called with a key. */
export type Once = (key: string) => boolean;

/** A {@link Once} that remembers nothing yet. */
export function createOnce(options: OnceOptions = {}): Once {
  const {
    maxKeys = 1_000,
    periodMs = 3_600_000,
    now = () => performance.now(),
  } = options;
  const seen = new Set<string>();
  let since = now();
  return (key) => {
    const time = now();
    if (time - since >= periodMs) {
      seen.clear();
      since = time;
    }
    if (seen.has(key) || seen.size >= maxKeys) return false;
    seen.add(key);
    return true;
  };
}
