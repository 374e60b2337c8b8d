/**
 * What work costs the thread, as far as a test can say that on a machine that others use as well.
 *
 * @module
 */
import process from "node:process";

/**
 * The least milliseconds of processor time that the work took in several tries; fewer where one is below `enoughMs`.
 */
export function leastCpuMs(work: () => unknown, { enoughMs, tries = 8 }: { enoughMs: number; tries?: number }): number {
  let least = Infinity;
  for (let turn = 0; turn < tries && least > enoughMs; turn += 1) {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1_000);
  }
  return least;
}
