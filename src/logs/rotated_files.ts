/**
 * The rotated files of a log: which names beside a log's file hold what was written to it before.
 *
 * The kubelet renames `0.log` to `0.log.20250304-050607`, later makes `….gz` of all but the newest by way of `….tmp`; Docker counts: `…-json.log.1` is newer
 * than `…-json.log.2`. Where a file and its compressed copy are both there, only the copy counts: the other is about to be removed. Opens nothing.
 *
 * @module
 */
import { basename, dirname } from "node:path";
import { fileId } from "./log_file.ts";

/** A rotated file. */
export interface RotatedFile {
  /** Its path. */
  readonly path: string;
  /** The same for the same content, whatever becomes of its name; an inode alone may be another file's by now. */
  readonly key: string;
  /** Which file it is: device and inode. */
  readonly id: string;
  /** Its size in bytes; compressed, where it is. */
  readonly size: number;
  /** When it was last written, in milliseconds since 1970. */
  readonly modifiedMs: number;
  /** Whether it is compressed. */
  readonly gzipped: boolean;
}

const KUBELET = /^\.(\d{8}-\d{6})(\.gz)?$/;
const DOCKER = /^\.(\d{1,6})(\.gz)?$/;

/** The rotated files of the log at `path`, oldest first as their names tell. A folder that cannot be read has none. */
export function rotatedFiles(path: string): RotatedFile[] {
  const folder = dirname(path);
  const name = basename(path);
  const counts = name.endsWith("-json.log");
  const found: { readonly name: string; readonly key: string; readonly gzipped: boolean }[] = [];
  for (const entry of namesIn(folder)) {
    if (!entry.startsWith(name)) continue;
    const parts = (counts ? DOCKER : KUBELET).exec(entry.slice(name.length));
    if (parts === null) continue;
    found.push({ name: entry, key: parts[1] ?? "", gzipped: parts[2] !== undefined });
  }
  const compressed = new Set(found.filter((file) => file.gzipped).map((file) => file.key));
  return found
    .filter((file) => file.gzipped || !compressed.has(file.key))
    .sort((a, b) => counts ? Number(b.key) - Number(a.key) : a.key < b.key ? -1 : 1)
    .flatMap(({ name, key, gzipped }) =>
      looked(`${folder}/${name}`, { key: counts ? undefined : `${folder} ${key}`, gzipped }) ?? []
    );
}

function namesIn(folder: string): string[] {
  try {
    return Array.from(Deno.readDirSync(folder), (entry) => entry.name);
  } catch {
    // Gone with its container, or not to be read: there is no history to be had.
    return [];
  }
}

function looked(
  path: string,
  { key, gzipped }: { readonly key: string | undefined; readonly gzipped: boolean },
): RotatedFile | undefined {
  try {
    const info = Deno.lstatSync(path);
    if (!info.isFile) return undefined;
    const id = fileId(info);
    const modifiedMs = info.mtime?.getTime() ?? 0;
    return { path, key: key ?? `${id} ${modifiedMs}`, id, size: info.size, modifiedMs, gzipped };
  } catch {
    // Removed since the folder was read.
    return undefined;
  }
}
