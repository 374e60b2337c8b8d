/**
 * Lists the files beside a log that may hold its earlier content, without opening them.
 *
 * The kubelet renames `0.log` to `0.log.20250304-050607`, and later gzips all but the newest to `….gz` by way of
 * `….tmp`. Docker counts: `…-json.log.1` is newer than `…-json.log.2`. Other programs count as well, or add a date or
 * any other suffix; their order follows from their content. If both a file and its gzipped copy exist, the file is
 * listed, since the copy may be unfinished.
 *
 * @module
 */
import { basename, dirname } from "node:path";
import { fileId } from "./file_id.ts";
import { TooManyFilesError } from "./log_file.ts";

/** A rotated file. */
export interface RotatedFile {
  /** Its path. */
  readonly path: string;
  /** Identifies the content whatever its name; an inode alone may have been given to another file. */
  readonly key: string;
  /** Device and inode. */
  readonly id: string;
  /** Its size in bytes, as it is on the disk. */
  readonly size: number;
  /** When it was last written, in milliseconds since 1970. */
  readonly modifiedMs: number;
  /** Whether its name says that it is compressed. */
  readonly gzipped: boolean;
  /** How its name is ordered: by the time of the rotation, by the number of rotations since, or not at all. */
  readonly naming: "time" | "count" | "none";
  /** Whether the log's runtime uses such names: then they alone give the order. */
  readonly isByRuntime: boolean;
}

/** The files beside a log. */
export interface Siblings {
  /** The files by the order of their names, oldest first: those without an order first, those of the runtime last. */
  readonly files: readonly RotatedFile[];
  /** How many more exist: the limit is 1,000. */
  readonly omitted: number;
}

const KUBELET = /^\.(\d{8}-\d{6})(\.gz)?$/;
const DOCKER = /^\.(\d{1,6})(\.gz)?$/;
/** A date, and what may follow it: `-20250304`, `-20250304-1741064767`. */
const DATED = /^[.\-_](\d{8}(?:[-_.T]?\d{1,12})?)(\.gz)?$/;
/** Any other suffix, except of a file that is being made. */
const OTHER = /^(?!.*\.tmp$)([.\-_].*?)(\.gz)?$/;

const FORMS = [["time", KUBELET], ["count", DOCKER], ["time", DATED], ["none", OTHER]] as const;

/** The most files that are listed: many times what any rotation keeps. */
const MAX_FILES = 1000;

/**
 * Lists the rotated files of the log at `path` whose names have an order, oldest first; none if the folder is
 * unreadable.
 */
export function rotatedFiles(path: string): RotatedFile[] {
  return siblingFiles(path).files.filter(({ naming }) => naming !== "none");
}

/** Lists all files beside the log at `path` whose names begin with its name; none if the folder is unreadable. */
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
  const files = ordered.slice(-MAX_FILES).flatMap((stem) => fileOf(folder, stem) ?? []);
  return { files, omitted: Math.max(0, ordered.length - MAX_FILES) };
}

/**
 * Returns how the name of a rotated file of the log `live` is ordered; `undefined` for a name that is not one. Both are
 * names in one folder.
 */
export function rotatedNaming(name: string, live: string): RotatedFile["naming"] | undefined {
  return name.startsWith(live) ? stemOf(name, live)?.naming : undefined;
}

/** A rotated file's name without the `.gz`. */
interface Stem {
  readonly name: string;
  readonly naming: RotatedFile["naming"];
  readonly isByRuntime: boolean;
  /** The part of the name that gives the order. */
  readonly order: string;
  /** Whether a file of exactly that name exists. */
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
  // The runtime's files are the newest: other programs rotate what the runtime has rotated.
  if (a.isByRuntime !== b.isByRuntime) return a.isByRuntime ? 1 : -1;
  if (a.naming !== b.naming) return NAMINGS.indexOf(a.naming) - NAMINGS.indexOf(b.naming);
  if (a.naming === "count") return Number(b.order) - Number(a.order);
  return a.order < b.order ? -1 : 1;
}

/**
 * Finds the file of a stem. A missing file was gzipped or removed since its name was read; an empty one counts as
 * missing.
 */
function fileOf(folder: string, { name, naming, isByRuntime, order, isPlain }: Stem): RotatedFile | undefined {
  const path = `${folder}/${name}`;
  const known = { naming, isByRuntime, key: naming === "time" ? `${folder} ${order}` : undefined };
  const plain = isPlain ? statFile(path, known) : undefined;
  if (plain !== undefined && plain.size > 0) return plain;
  const gzipped = statFile(`${path}.gz`, known);
  return gzipped !== undefined && (plain === undefined || gzipped.size > 0) ? gzipped : plain;
}

/** The key of a file whose name may be given to another one. */
export function contentKey({ id, modifiedMs, size }: Pick<RotatedFile, "id" | "modifiedMs" | "size">): string {
  return `${id} ${modifiedMs} ${size}`;
}

/** How many times a changing folder is read. */
const READINGS = 4;

/**
 * Reads the names in a folder until two readings agree: a file that is renamed during one may be missing from it.
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
    // No descriptor is free, so the folder's content is unknown.
    if (code === "EMFILE" || code === "ENFILE") {
      throw new TooManyFilesError("Cannot list a log's folder: too many open files", { cause: error });
    }
    // Removed with its container, or unreadable: there is no history.
    return [];
  }
}

function statFile(
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
