/**
 * What work costs the thread, as far as a test can say that on a machine that others use as well.
 *
 * @module
 */
import process from "node:process";

/** Milliseconds that {@linkcode yardstick} takes on a machine of today that nobody else uses. */
const YARDSTICK_MS = 10;
let sink = 0;

/** Work that always costs the same: how long it takes says how slow the machine is just now. */
function yardstick(): void {
  let sum = sink;
  for (let at = 0; at < 1e7; at++) sum = Math.imul(sum ^ at, 0x9e3779b1);
  sink = sum;
}

/**
 * The milliseconds of some work: the lesser of wall time, to which other programs add, and processor time, to which
 * this program's threads add.
 */
function msOf(work: () => unknown): number {
  const [before, start] = [process.cpuUsage(), performance.now()];
  work();
  const wallMs = performance.now() - start;
  const { user, system } = process.cpuUsage(before);
  return Math.min(wallMs, (user + system) / 1_000);
}

/**
 * The least milliseconds that the work took in several tries; fewer where one is below `enoughMs`. Where the machine is
 * slower than that of {@linkcode YARDSTICK_MS}, which the same work before and after tells, the result is as much less.
 */
export function leastMs(work: () => unknown, { enoughMs, tries = 8 }: { enoughMs: number; tries?: number }): number {
  let least = Infinity;
  for (let turn = 0; turn < tries && least > enoughMs; turn += 1) {
    const before = msOf(yardstick);
    const ms = msOf(work);
    const slowness = Math.max(1, (before + msOf(yardstick)) / 2 / YARDSTICK_MS);
    least = Math.min(least, ms / slowness);
  }
  return least;
}
