/**
 * The files beside a log that may hold what was written to it before.
 *
 * The kubelet renames `0.log` to `0.log.20250304-050607`, and later makes `….gz` of all but the newest by way of `….tmp`. Docker counts: `…-json.log.1` is
 * newer than `…-json.log.2`. Other programs count, too, or give dates, or any other suffix: the order of those is for their content to tell. Where a file and its compressed copy are both
 * there, the file counts: the copy may be unfinished. Opens nothing.
 *
 * @module
 */
import { basename, dirname } from "node:path";
import { fileId, TooManyFilesError } from "./log_file.ts";

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
  /** Whether its name says that it is compressed. */
  readonly gzipped: boolean;
  /** What its name tells of its place: the time of the rotation, a count of rotations since, or nothing. */
  readonly naming: "time" | "count" | "none";
  /** Whether the log's own runtime names files so: then nothing else need be asked for their order. */
  readonly isByRuntime: boolean;
}

/** The files beside a log. */
export interface Siblings {
  /** The files, oldest first as far as their names tell: those that do not tell come first, those of the runtime last. */
  readonly files: readonly RotatedFile[];
  /** How many more there are: the limit is 1,000. */
  readonly omitted: number;
}

const KUBELET = /^\.(\d{8}-\d{6})(\.gz)?$/;
const DOCKER = /^\.(\d{1,6})(\.gz)?$/;
/** A date, and what may follow it: `-20250304`, `-20250304-1741064767`. */
const DATED = /^[.\-_](\d{8}(?:[-_.T]?\d{1,12})?)(\.gz)?$/;
/** Any other suffix, except of a file that is being made. */
const OTHER = /^(?!.*\.tmp$)([.\-_].*?)(\.gz)?$/;

const FORMS = [["time", KUBELET], ["count", DOCKER], ["time", DATED], ["none", OTHER]] as const;

/** The most files that are looked at: many times what any rotation keeps. */
const MAX_FILES = 1000;

/** The rotated files of the log at `path` whose names tell their order, oldest first. A folder that cannot be read has none. */
export function rotatedFiles(path: string): RotatedFile[] {
  return siblingFiles(path).files.filter(({ naming }) => naming !== "none");
}

/** All files beside the log at `path` whose names begin with its name. A folder that cannot be read has none. */
export function siblingFiles(path: string): Siblings {
  const folder = dirname(path);
  const live = basename(path);
  const stems = new Map<string, Stem>();
  for (const name of namesIn(folder)) {
    const stem = name.startsWith(live) ? stemOf(name, live) : undefined;
    if (stem === undefined) continue;
    const known = stems.get(stem.name);
    stems.set(stem.name, known === undefined ? stem : { ...stem, isPlain: known.isPlain || stem.isPlain });
  }
  const ordered = [...stems.values()].sort(compareStems);
  const files = ordered.slice(-MAX_FILES).flatMap((stem) => lookedAt(folder, stem) ?? []);
  return { files, omitted: Math.max(0, ordered.length - MAX_FILES) };
}

/** A rotated file's name without the `.gz`. */
interface Stem {
  readonly name: string;
  readonly naming: RotatedFile["naming"];
  readonly isByRuntime: boolean;
  /** The part that tells the order. */
  readonly order: string;
  /** Whether there is a file of that very name. */
  readonly isPlain: boolean;
}

function stemOf(name: string, live: string): Stem | undefined {
  const suffix = name.slice(live.length);
  const isDocker = live.endsWith("-json.log");
  for (const [naming, form] of FORMS) {
    const parts = form.exec(suffix);
    if (parts === null) continue;
    const isPlain = parts[2] === undefined;
    const isByRuntime = form === (isDocker ? DOCKER : KUBELET);
    const stem = isPlain ? name : name.slice(0, -".gz".length);
    return { name: stem, naming, isByRuntime, order: parts[1] ?? "", isPlain };
  }
  return undefined;
}

const NAMINGS: readonly RotatedFile["naming"][] = ["none", "count", "time"];

function compareStems(a: Stem, b: Stem): number {
  // What the runtime names is the newest: others take over when it has rotated.
  if (a.isByRuntime !== b.isByRuntime) return a.isByRuntime ? 1 : -1;
  if (a.naming !== b.naming) return NAMINGS.indexOf(a.naming) - NAMINGS.indexOf(b.naming);
  if (a.naming === "count") return Number(b.order) - Number(a.order);
  return a.order < b.order ? -1 : 1;
}

/** The file of a stem. One that is gone was compressed since its name was read, or removed; an empty one is as good as gone. */
function lookedAt(folder: string, { name, naming, isByRuntime, order, isPlain }: Stem): RotatedFile | undefined {
  const path = `${folder}/${name}`;
  const known = { naming, isByRuntime, key: naming === "time" ? `${folder} ${order}` : undefined };
  const plain = isPlain ? looked(path, known) : undefined;
  if (plain !== undefined && plain.size > 0) return plain;
  const gzipped = looked(`${path}.gz`, known);
  return gzipped !== undefined && (plain === undefined || gzipped.size > 0) ? gzipped : plain;
}

/** The key of a file whose name is no other file's for good. */
export function contentKey({ id, modifiedMs, size }: Pick<RotatedFile, "id" | "modifiedMs" | "size">): string {
  return `${id} ${modifiedMs} ${size}`;
}

/** Readings of a folder that changes meanwhile. */
const READINGS = 4;

/**
 * The names in a folder, read until they are the same twice: one that is changed while they are read may be there under neither name.
 *
 * @throws {TooManyFilesError}
 */
function namesIn(folder: string): readonly string[] {
  try {
    let names: readonly string[] = [];
    for (let reading = 0; reading < READINGS; reading++) {
      const before = names;
      names = Array.from(Deno.readDirSync(folder), (entry) => entry.name);
      if (reading > 0 && names.length === before.length && names.every((name, at) => name === before[at])) break;
    }
    return names;
  } catch (error) {
    const { code } = error as { readonly code?: unknown };
    // No descriptor is left for the folder: that there is nothing in it is not known.
    if (code === "EMFILE" || code === "ENFILE") {
      throw new TooManyFilesError("Cannot list a log's folder: too many open files", { cause: error });
    }
    // Gone with its container, or not to be read: there is no history to be had.
    return [];
  }
}

function looked(
  path: string,
  { key, ...known }: Pick<RotatedFile, "naming" | "isByRuntime"> & { readonly key: string | undefined },
): RotatedFile | undefined {
  try {
    const info = Deno.lstatSync(path);
    if (!info.isFile) return undefined;
    const id = fileId(info);
    const modifiedMs = info.mtime?.getTime() ?? 0;
    const gzipped = path.endsWith(".gz");
    const size = info.size;
    return { ...known, path, key: key ?? contentKey({ id, modifiedMs, size }), id, size, modifiedMs, gzipped };
  } catch {
    // Removed since the folder was read.
    return undefined;
  }
}
