/**
 * How long the main thread is kept from what is due: the lag of an own timer. The platform's measure of that sees
 * nothing (Deno 2.9.6).
 *
 * @module
 */
import type { Metrics } from "./metrics.ts";

/**
 * A thread that is busy for longer is always seen, one that is busy for a part of that time as often as something that
 * becomes due meanwhile. Each tick takes some ten microseconds.
 */
const TICK_MS = 500;

/** The powers that are needed. */
export interface EventLoopLagOptions {
  /** The time in milliseconds. @default {performance.now} */
  readonly clock?: () => number;
  /** Calls `onTick` every so many milliseconds, until the answered function is called. @default {setInterval} */
  readonly startTicks?: (ms: number, onTick: () => void) => () => void;
}

/** Measures the lag until disposed of, without keeping the process alive for it. */
export function measureEventLoopLag(metrics: Metrics, options: EventLoopLagOptions = {}): Disposable {
  const { clock = () => performance.now(), startTicks = startInterval } = options;
  let last = clock();
  const stop = startTicks(TICK_MS, () => {
    const now = clock();
    metrics.observe("event_loop_lag_seconds", Math.max(0, now - last - TICK_MS) / 1_000);
    last = now;
  });
  return { [Symbol.dispose]: stop };
}

function startInterval(ms: number, onTick: () => void): () => void {
  const timer = setInterval(onTick, ms);
  Deno.unrefTimer(timer);
  return () => clearInterval(timer);
}
