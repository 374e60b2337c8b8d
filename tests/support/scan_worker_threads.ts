/**
 * Whether an agent's scan workers are there, as the system sees it, and how to have them started.
 *
 * @module
 */

/** How many scan workers a process has: Deno names the threads of workers. Only other programs may read these names. */
async function scanWorkersOf(pid: number): Promise<number> {
  const { stdout } = await new Deno.Command("sh", { args: ["-c", `cat /proc/${pid}/task/*/comm`] }).output();
  return new TextDecoder().decode(stdout).split("\n").filter((name) => name.startsWith("worker-")).length;
}

/** Searches until the scan workers of a process have started, and then once more with them. */
export async function untilScanWorkers(pid: number, search: () => Promise<unknown>): Promise<void> {
  for (let searches = 0; searches < 1000; searches++) {
    const areThere = await scanWorkersOf(pid) > 0;
    await search();
    if (areThere) return;
  }
  throw new Error("Cannot have scan workers started: there are none after 1,000 searches");
}
