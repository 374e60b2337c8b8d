/**
 * A limit of memory for one process, by a control group where this user may make one.
 *
 * @module
 */

/** A limit, or why there is none. */
export interface MemoryLimit extends AsyncDisposable {
  /** How it is kept: `cgroup v1`, `cgroup v2`, or `watched` where no group can be made. */
  readonly kind: string;
  /** The command, begun in the group. */
  wrap(command: readonly string[]): readonly string[];
}

const ROOT = "/sys/fs/cgroup";

/** Makes a group of that many bytes; without rights, or where there are none, the caller has to watch. */
export async function limitMemory(bytes: number): Promise<MemoryLimit> {
  const name = `soak-${Deno.pid}`;
  const kinds = [
    { kind: "cgroup v1", folder: `${ROOT}/memory/${name}`, file: "memory.limit_in_bytes" },
    { kind: "cgroup v2", folder: `${ROOT}/${name}`, file: "memory.max" },
  ];
  for (const { kind, folder, file } of kinds) {
    try {
      await Deno.mkdir(folder);
    } catch {
      // Not this kind of group, or no right to make one: the next one, or watching.
      continue;
    }
    try {
      await Deno.writeTextFile(`${folder}/${file}`, String(bytes));
    } catch {
      await Deno.remove(folder);
      continue;
    }
    return {
      kind,
      // The shell is in the group before it becomes the command.
      wrap: (command) => ["sh", "-c", `echo $$ > ${folder}/cgroup.procs && exec "$@"`, "sh", ...command],
      [Symbol.asyncDispose]: () => removeGroup(folder),
    };
  }
  return { kind: "watched", wrap: (command) => command, [Symbol.asyncDispose]: () => Promise.resolve() };
}

/** A group can be removed when the kernel has done with its last process. */
async function removeGroup(folder: string): Promise<void> {
  const deadline = performance.now() + 5_000;
  for (;;) {
    try {
      return await Deno.remove(folder);
    } catch (error) {
      if (performance.now() >= deadline) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
