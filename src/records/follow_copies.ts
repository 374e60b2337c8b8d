/**
 * Copies that are made of a log before it is cut: what of the log was not read is read from its copy.
 *
 * A copy is known by its first bytes and, where it is not compressed, by those before the offset up to which the log was read.
 *
 * @module
 */
import { type LogFolders, LogNotFoundError, openAt, type OpenLogFile, TooManyFilesError } from "../logs/log_file.ts";
import { beginsWith, contentBytes } from "../logs/packed_copy.ts";
import { type RotatedFile, siblingFiles } from "../logs/rotated_files.ts";
import { isIntact, type Place, placeInCopy } from "./follow_place.ts";

/** The place of a file that was cut in another file, if that is a copy of it. */
export function asCopy(cut: Place, file: OpenLogFile, options: { readonly isPacked: boolean }): Place | undefined {
  // Of nothing there are too many copies.
  if (cut.head.length === 0) return undefined;
  const copy = placeInCopy(cut, file, options);
  const isCopy = options.isPacked
    ? contentBytes(file) >= cut.offset && beginsWith(file, cut.head)
    : file.size() >= cut.offset && isIntact(copy);
  return isCopy ? copy : undefined;
}

/** The place of a file that was cut in the copy beside it, which is opened. */
export function openCopy(cut: Place, folders: LogFolders): { rotated: RotatedFile; place: Place } | undefined {
  for (const rotated of siblingFiles(cut.file.path).files.toReversed()) {
    if (rotated.id === cut.file.id) continue;
    const file = openIfMay(rotated.path, folders);
    if (file === undefined) continue;
    const place = asCopy(cut, file, { isPacked: rotated.gzipped });
    if (place !== undefined) return { rotated, place };
    file[Symbol.dispose]();
  }
  return undefined;
}

/** Opens what is at a path, if that is possible now. */
function openIfMay(path: string, folders: LogFolders): OpenLogFile | undefined {
  try {
    return openAt(path, folders);
  } catch (error) {
    if (error instanceof LogNotFoundError || error instanceof TooManyFilesError) return undefined;
    throw error;
  }
}
