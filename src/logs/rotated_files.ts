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
    .flatMap(({ name, key, gzipped }) => {
      const path = `${folder}/${name}`;
      const known = counts ? undefined : `${folder} ${key}`;
      // One that is gone has been compressed since its name was read, or removed.
      return looked(path, known) ?? (gzipped ? undefined : looked(`${path}.gz`, known)) ?? [];
    });
}

/** Readings of a folder that changes meanwhile. */
const READINGS = 4;

/** The names in a folder, read until they are the same twice: one that is changed while they are read may be there under neither name. */
function namesIn(folder: string): readonly string[] {
  try {
    let names: readonly string[] = [];
    for (let reading = 0; reading < READINGS; reading++) {
      const before = names;
      names = Array.from(Deno.readDirSync(folder), (entry) => entry.name);
      if (reading > 0 && names.length === before.length && names.every((name, at) => name === before[at])) break;
    }
    return names;
  } catch {
    // Gone with its container, or not to be read: there is no history to be had.
    return [];
  }
}

function looked(path: string, key: string | undefined): RotatedFile | undefined {
  try {
    const info = Deno.lstatSync(path);
    if (!info.isFile) return undefined;
    const id = fileId(info);
    const modifiedMs = info.mtime?.getTime() ?? 0;
    const gzipped = path.endsWith(".gz");
    return { path, key: key ?? `${id} ${modifiedMs}`, id, size: info.size, modifiedMs, gzipped };
  } catch {
    // Removed since the folder was read.
    return undefined;
  }
}
