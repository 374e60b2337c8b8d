/**
 * Whether there are rotated files beside a log.
 *
 * @module
 */
import { siblingFiles } from "../../logs/rotated_files.ts";

/** Reports whether there are such files; a path that leads nowhere has none. */
export function hasRotatedFiles(path: string): boolean {
  try {
    const { files, omitted } = siblingFiles(Deno.realPathSync(path));
    return files.length > 0 || omitted > 0;
  } catch (error) {
    // Opening it reports the error.
    if ((error as { code?: string }).code === undefined) throw error;
    return false;
  }
}
