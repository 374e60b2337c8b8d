/**
 * The time of day for time stamps: as fine as the monotonic clock, and no further from the wall clock than a second
 * ago.
 *
 * Promises to follow a wall clock that is set, forward or back, within a second, and not to step back for less: the two
 * clocks drift apart, and the wall clock has whole milliseconds only.
 *
 * @module
 */

/** The clocks beneath. */
export interface WallClockOptions {
  /** Milliseconds since 1970. @default {Date.now} */
  readonly wall?: () => number;
  /** Milliseconds on a clock that is never set. @default {performance.now} */
  readonly monotonic?: () => number;
}

/** How often the wall clock is read, and the least step back that is taken for a clock that was set. */
const ANCHOR_MS = 1_000;
/** Both clocks are right to this much. */
const TOLERANCE_MS = 1;

/** A clock of nanoseconds since 1970. */
export function createWallClock(options: WallClockOptions = {}): () => bigint {
  const { wall = Date.now, monotonic = () => performance.now() } = options;
  let anchoredAt = monotonic();
  let offset = wall() - anchoredAt;
  let last = -Infinity;

  return () => {
    const now = monotonic();
    if (now - anchoredAt >= ANCHOR_MS) {
      anchoredAt = now;
      const measured = wall() - now;
      if (Math.abs(measured - offset) > TOLERANCE_MS) offset = measured;
    }
    const time = now + offset;
    if (time > last || last - time >= ANCHOR_MS) last = time;
    return BigInt(Math.round(last * 1_000)) * 1_000n;
  };
}
