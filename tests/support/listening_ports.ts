/**
 * The TCP ports at which processes of this machine listen.
 *
 * @module
 */

/** Those of a process, as the kernel tells them, IPv4 and IPv6. */
export async function listeningPorts(pid: number): Promise<readonly number[]> {
  const script =
    `ls -l /proc/${pid}/fd | grep -o 'socket:\\[[0-9]*' | cut -d[ -f2; echo; cat /proc/net/tcp /proc/net/tcp6`;
  const { stdout } = await new Deno.Command("sh", { args: ["-c", script] }).output();
  const [sockets = "", table = ""] = new TextDecoder().decode(stdout).split("\n\n");
  const own = new Set(sockets.split("\n"));
  return table.split("\n").map((line) => line.trim().split(/\s+/)).flatMap((
    [, local = "", , state, , , , , , inode = ""],
  ) => state === "0A" && own.has(inode) ? [Number.parseInt(local.split(":").at(-1) ?? "", 16)] : []);
}
