/**
 * A process in a network and in mounts of its own, so that ports are free and nothing outside changes. As a program, it
 * runs the command that it is given there.
 *
 * @module
 */

/** Brings up the loopback device; OCI runtimes take no mix of both versions of control groups. */
const SETUP = `set -e
ip link set lo up
if [ "$(stat -fc %T /sys/fs/cgroup)" != cgroup2fs ]; then
  umount --lazy /sys/fs/cgroup
  mount -t cgroup2 none /sys/fs/cgroup
fi
exec "$@"`;

/** The command that runs another one there. */
export function inOwnNetwork(command: readonly string[]): readonly string[] {
  return ["unshare", "--net", "--mount", "--propagation", "private", "sh", "-c", SETUP, "sh", ...command];
}

if (import.meta.main) {
  const [program = "", ...args] = inOwnNetwork(Deno.args);
  const { code } = await new Deno.Command(program, { args }).spawn().status;
  Deno.exit(code);
}
