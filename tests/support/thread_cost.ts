/**
 * What work costs the thread, as far as a test can say that on a machine that others use as well.
 *
 * @module
 */
import process from "node:process";

/**
 * The least milliseconds that the work took in several tries; fewer where one is below `enoughMs`. Of each try the
 * lesser counts of wall time, to which other programs add, and processor time, to which this program's threads add.
 */
export function leastMs(work: () => unknown, { enoughMs, tries = 8 }: { enoughMs: number; tries?: number }): number {
  let least = Infinity;
  for (let turn = 0; turn < tries && least > enoughMs; turn += 1) {
    const [before, start] = [process.cpuUsage(), performance.now()];
    work();
    const wallMs = performance.now() - start;
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, wallMs, (user + system) / 1_000);
  }
  return least;
}
