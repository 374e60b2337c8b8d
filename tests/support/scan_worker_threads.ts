/**
 * Whether an agent's scouts are there, as the system sees it, and how to have them come.
 *
 * @module
 */

/** How many threads of scouts a process has: Deno names those of workers. Only other programs may look there. */
async function scanWorkersOf(pid: number): Promise<number> {
  const { stdout } = await new Deno.Command("sh", { args: ["-c", `cat /proc/${pid}/task/*/comm`] }).output();
  return new TextDecoder().decode(stdout).split("\n").filter((name) => name.startsWith("worker-")).length;
}

/** Searches again and again until the scouts of a process have come, and then once more with them. */
export async function untilScouts(pid: number, search: () => Promise<unknown>): Promise<void> {
  for (let searches = 0; searches < 1000; searches++) {
    const areThere = await scanWorkersOf(pid) > 0;
    await search();
    if (areThere) return;
  }
  throw new Error("Cannot have scouts come: they do not");
}
