/**
 * Running a piece of program as a user who may read nothing that is not everybody's: for a superuser, file modes do not
 * bind.
 *
 * @module
 */

const UNPRIVILEGED_ID = 65_534;

/** Whom to run as. */
export interface UnprivilegedIds {
  /** The user and its group. @default {65_534} */
  readonly uid?: number;
  /** The group. @default {the user's} */
  readonly gid?: number;
  /** Supplementary groups. @default {[]} */
  readonly groups?: readonly number[];
}

/**
 * Runs `program`, the text of a module that prints its result, in a process of its own and gives what it has printed.
 * It calls `dropRights()` when it has loaded all that it needs.
 */
export async function runWithoutRights(program: string, ids: UnprivilegedIds = {}): Promise<string> {
  const { uid = UNPRIVILEGED_ID, gid = uid, groups = [] } = ids;
  const preamble = `
    import process from "node:process";
    function dropRights() {
      if (process.getuid() !== 0) return;
      process.setgid(${gid});
      process.setuid(${uid});
    }`;
  const words = [Deno.execPath(), "eval", "--quiet", "--no-config", "--no-lock", "--ext=ts", preamble + program];
  // The runtime cannot set supplementary groups. A superuser's own ones may be those that open everything.
  const setGroups = groups.length === 0 ? "--clear-groups" : `--groups=${groups.join(",")}`;
  const [command = "", ...args] = Deno.uid() === 0 ? ["setpriv", setGroups, ...words] : words;
  const { success, stdout, stderr } = await new Deno.Command(command, { args, stdin: "null" }).output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`Cannot run without rights: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout);
}
