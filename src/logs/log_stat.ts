/**
 * What a log's name leads to now, for a fraction of the cost of opening it: it is asked again and again whether that is
 * still the same file.
 *
 * @module
 */
import { fileId } from "./file_id.ts";

/** What a log's name leads to. */
export type LogStat = FileStat | {
  /** There is no such link; or there is one whose target is missing, as while a rotation goes on. */
  readonly kind: "no link" | "no target";
};

/** A file that is there. */
export interface FileStat {
  /** Any kind of file. */
  readonly kind: "file";
  /** Which one: device and inode. */
  readonly id: string;
  /** Bytes. */
  readonly size: number;
  /** When it was last written, in milliseconds since 1970. */
  readonly modifiedMs: number;
}

/**
 * Looks where a link leads. Tells nothing of whether that lies under the roots: for that it is opened.
 *
 * @throws what the system says, unless it is that there is nothing
 */
export function statLog(link: string): LogStat {
  try {
    const info = Deno.statSync(link);
    return { kind: "file", id: fileId(info), size: info.size, modifiedMs: info.mtime?.getTime() ?? 0 };
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  try {
    Deno.lstatSync(link);
    return { kind: "no target" };
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return { kind: "no link" };
  }
}

/** Reports whether two stats are of the same state: as far as size and time show, nothing has happened in between. */
export function isSameStat(a: LogStat, b: LogStat | undefined): boolean {
  if (a === b) return true;
  if (a.kind !== "file" || b?.kind !== "file") return a.kind === b?.kind;
  return a.id === b.id && a.size === b.size && a.modifiedMs === b.modifiedMs;
}
