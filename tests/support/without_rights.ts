/**
 * Running a piece of program as a user who may read nothing that is not everybody's: for a superuser, file modes do not
 * bind.
 *
 * @module
 */

const UNPRIVILEGED_ID = 65_534;

/**
 * Runs `program`, the text of a module that prints its result, in a process of its own and gives what it has printed.
 * It calls `dropRights()` when it has loaded all that it needs.
 */
export async function runWithoutRights(program: string): Promise<string> {
  const preamble = `
    import process from "node:process";
    function dropRights() {
      if (process.getuid() !== 0) return;
      process.setgroups?.([]);
      process.setgid(${UNPRIVILEGED_ID});
      process.setuid(${UNPRIVILEGED_ID});
    }`;
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", "--no-config", "--no-lock", "--ext=ts", preamble + program],
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`Cannot run without rights: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout);
}
