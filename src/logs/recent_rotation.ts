/**
 * Whether a rotated file may still be written to.
 *
 * Who rotates a log renames it first, and then tells its writer, which goes on in the renamed file until it has opened
 * the new one. As long as there is nothing in the new file, the writer may be in the old one; and for a moment longer,
 * where what it has taken before goes through a buffer.
 *
 * @module
 */
import type { OpenLogFile } from "./log_file.ts";
import type { LogOpening } from "./log_opening.ts";
import { type RotatedFile, rotatedFiles } from "./rotated_files.ts";

/**
 * A file that was last written to so long ago, and whose rotation is as old, is complete. Runtimes reopen within a
 * second, and the kubelet looks every ten seconds for what to rotate.
 */
const RECENT_MS = 30_000;

/**
 * Reports whether the newest rotated file of a log may still grow. Asks the system for nothing where the log holds
 * something and the rotated file is old.
 */
export function mayGrow(rotated: RotatedFile, live: OpenLogFile, opening?: LogOpening): boolean {
  if (rotated.gzipped) return false;
  const since = Date.now() - RECENT_MS;
  if (rotated.modifiedMs > since) return true;
  // A file with nothing in it was last written when it was made.
  return opening?.head.length === 0 && live.state().modifiedMs > since;
}

/** Finds the rotated file that the writer of a log may be in: only as long as the log is empty. */
export function fileOfWriter(live: OpenLogFile): RotatedFile | undefined {
  const { size, modifiedMs } = live.state();
  if (size > 0) return undefined;
  const newest = rotatedFiles(live.path).at(-1);
  if (newest === undefined || newest.gzipped || newest.id === live.id) return undefined;
  return Math.max(newest.modifiedMs, modifiedMs) > Date.now() - RECENT_MS ? newest : undefined;
}
