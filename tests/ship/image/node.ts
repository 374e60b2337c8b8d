/**
 * The files that a kubelet gives to a container: logs as it and the runtimes leave them to root and its group, and
 * folders of ConfigMaps and Secrets, with their links.
 *
 * @module
 */
import { type ContainerLog, createLogTree } from "../../fakes/log_tree.ts";

/** The folders of a node below one of the check's own. */
export interface NodeFiles {
  /** What is mounted as `/var/log`. */
  readonly logs: string;
  /** What is mounted as `/var/lib/docker/containers`. */
  readonly docker: string;
  /** A log in the CRI format. */
  readonly cri: ContainerLog;
  /** A log in Docker's. */
  readonly json: ContainerLog;
}

/** Makes logs of the lines: files 0640 in a folder 0750, all of root:root. */
export async function makeNode(root: string, lines: readonly string[]): Promise<NodeFiles> {
  const tree = await createLogTree(root);
  const cri = await tree.addCri({ namespace: "shop", pod: "cart", container: "web" });
  const json = await tree.addDocker({ namespace: "shop", pod: "till", container: "web" });
  for (const log of [cri, json]) {
    await log.append(lines);
    await Deno.chmod(log.path, 0o640);
  }
  await Deno.chmod(tree.podsDir, 0o750);
  await Deno.chmod(tree.dockerDir, 0o710);
  await moveLinks(`${root}/var/log`, root);
  return { logs: `${root}/var/log`, docker: tree.dockerDir, cri, json };
}

/** Makes links that lead below `root` lead to the same place as it is seen where `root` is the root. */
async function moveLinks(folder: string, root: string): Promise<void> {
  for await (const { name, isDirectory, isSymlink } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) await moveLinks(path, root);
    if (!isSymlink) continue;
    const target = await Deno.readLink(path);
    await Deno.remove(path);
    await Deno.symlink(target.startsWith(root) ? target.slice(root.length) : target, path);
  }
}

/** What the files of a volume are like. */
export interface VolumeOptions {
  /** @default {0o644} */
  readonly mode?: number;
}

/** Writes a volume as the kubelet does: the files in a folder with a time as its name, and two links to each. */
export async function writeVolume(
  folder: string,
  files: Readonly<Record<string, string>>,
  { mode = 0o644 }: VolumeOptions = {},
): Promise<void> {
  const version = "..2026_01_01_00_00_00.000000001";
  await Deno.mkdir(`${folder}/${version}`, { recursive: true });
  await Deno.symlink(version, `${folder}/..data`);
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(`${folder}/${version}/${name}`, text);
    await Deno.chmod(`${folder}/${version}/${name}`, mode);
    await Deno.symlink(`..data/${name}`, `${folder}/${name}`);
  }
}

/** What to tell of a tree. */
export interface TreeOptions {
  /** Places that something is mounted on: they, and the folders above them, are left out. @default {[]} */
  readonly without?: readonly string[];
  /** Whether to tell what is in each file, by a checksum. @default {false} */
  readonly hash?: boolean;
}

/** Every file of a tree with its mode, owner, size and time. */
export async function listTree(root: string, options: TreeOptions = {}): Promise<readonly string[]> {
  const { without = [], hash = false } = options;
  const found: string[] = [];
  async function walk(folder: string): Promise<void> {
    for await (const { name } of Deno.readDir(root + folder)) {
      const path = `${folder}/${name}`;
      if (without.some((place) => place === path || place.startsWith(`${path}/`))) continue;
      const { mode, uid, gid, size, mtime, isDirectory, isFile } = await Deno.lstat(root + path);
      const sum = hash && isFile ? ` ${await sumOf(root + path)}` : "";
      const time = mtime?.toISOString() ?? "";
      found.push(`${(mode ?? 0).toString(8)} ${uid}:${gid} ${isDirectory ? "" : size}${sum} ${time} ${path}`);
      if (isDirectory) await walk(path);
    }
  }
  await walk("");
  return found.sort();
}

async function sumOf(path: string): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", await Deno.readFile(path))).toHex();
}
