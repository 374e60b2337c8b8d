/**
 * Whether a log can be opened, and what stands in the way: the file or folder whose mode forbids it.
 *
 * Opens without blocking, reads nothing and holds nothing. Runs on the thread pool, so that a file system that hangs
 * delays nobody else. Gives no advice.
 *
 * @module
 */
import { constants, open, readlink, realpath, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { isUnder } from "./log_file.ts";

/**
 * Why a log cannot be opened: the process may not, the link's target is missing, it lies outside of the roots, or
 * anything else.
 */
export type AccessFailure = "denied" | "missing" | "outside" | "failed";

/** A log that cannot be opened. */
export interface ClosedLog {
  /** Why. */
  readonly failure: AccessFailure;
  /** What the system reports, as `EACCES`; the name of the error where it has no code. */
  readonly code: string;
}

/** What forbids the way to a file: the file itself, or a folder that cannot be entered. */
export interface Barrier {
  /** Its path. */
  readonly path: string;
  /** Whether it is a folder. */
  readonly isFolder: boolean;
  /** The user that owns it. */
  readonly uid: number;
  /** The group that owns it. */
  readonly gid: number;
  /** The permission bits, as in `0o640`. */
  readonly mode: number;
}

/** Codes of what is not there. */
const MISSING = ["ENOENT", "ENOTDIR", "ELOOP"];
/** Codes of missing rights: the system's, and the runtime's own. */
const DENIED = ["EACCES", "EPERM", "NotCapable"];
/** Links that lead to a log one after the other: the kubelet's two, and those of a moved folder. */
const MAX_LINKS = 16;

/** Opens the log behind a link and closes it; resolves to nothing when that succeeds. */
export async function tryLog(link: string, roots: readonly string[]): Promise<ClosedLog | undefined> {
  try {
    const path = await realpath(link);
    if (!isUnder(path, roots)) return { failure: "outside", code: "outside of the log roots" };
    if (!(await stat(path)).isFile()) return { failure: "failed", code: "not a regular file" };
    await using _file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    return undefined;
  } catch (error) {
    const code = systemCode(error);
    return { failure: MISSING.includes(code) ? "missing" : DENIED.includes(code) ? "denied" : "failed", code };
  }
}

/** Returns the system's code of an error, or the name of an error that has none, as the runtime's own. */
export function systemCode(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as { readonly code?: unknown };
  return typeof code === "string" && error.name !== "NotCapable" ? code : error.name;
}

/**
 * Finds what forbids to open a file or to read a folder: follows its links one by one, then goes up from the first name
 * that cannot be looked up. Resolves to nothing where that cannot be known.
 */
export async function findBarrier(path: string): Promise<Barrier | undefined> {
  let at = path;
  for (let links = 0; links < MAX_LINKS; links++) {
    try {
      at = resolve(dirname(at), await readlink(at));
    } catch (error) {
      const code = systemCode(error);
      // It is no link: the way to it is open.
      if (code === "EINVAL") return await barrierAt(at);
      return code === "EACCES" ? await closedFolder(at) : undefined;
    }
  }
  return undefined;
}

/** Goes up from a name that cannot be looked up to the folder that cannot be entered. */
async function closedFolder(path: string): Promise<Barrier | undefined> {
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
    const barrier = await barrierAt(folder);
    if (barrier !== undefined) return barrier;
  }
  return undefined;
}

async function barrierAt(path: string): Promise<Barrier | undefined> {
  try {
    const found = await stat(path);
    return { path, isFolder: found.isDirectory(), uid: found.uid, gid: found.gid, mode: found.mode & 0o7777 };
  } catch {
    // Its own folder is closed, or the runtime may not read it.
    return undefined;
  }
}
