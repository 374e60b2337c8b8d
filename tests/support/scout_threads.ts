/**
 * Whether an agent's scouts are there, as the system sees it.
 *
 * @module
 */

/** How many threads of scouts a process has: Deno names those of workers. Only other programs may look there. */
export async function scoutsOf(pid: number): Promise<number> {
  const { stdout } = await new Deno.Command("sh", { args: ["-c", `cat /proc/${pid}/task/*/comm`] }).output();
  return new TextDecoder().decode(stdout).split("\n").filter((name) => name.startsWith("worker-")).length;
}
