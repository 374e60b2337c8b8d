/**
 * The files below a folder, in the order of their names.
 *
 * Links to files are followed, since logs are links; links to folders are not, so that a walk ends. What is neither a
 * file nor a folder, such as a FIFO or a socket, is left out.
 *
 * @module
 */
import { readFailure } from "../files/read_failure.ts";

/** What is reported, and what ends a walk. */
export interface WalkOptions {
  /** Called for what cannot be read. */
  readonly onSkip: (path: string, reason: string) => void;
  /** Ends the walk; it rejects with the signal's reason. */
  readonly signal: AbortSignal;
}

/** Yields the paths of all files below a folder. */
export async function* walkFiles(folder: string, options: WalkOptions): AsyncGenerator<string> {
  const { onSkip, signal } = options;
  signal.throwIfAborted();
  const entries: Deno.DirEntry[] = [];
  try {
    for await (const entry of Deno.readDir(folder)) entries.push(entry);
  } catch (error) {
    return onSkip(folder, readFailure(error));
  }
  const prefix = folder.endsWith("/") ? folder : `${folder}/`;
  for (const { name, isDirectory, isFile, isSymlink } of entries.sort((a, b) => a.name < b.name ? -1 : 1)) {
    const path = prefix + name;
    if (isDirectory) yield* walkFiles(path, options);
    else if (isFile) yield path;
    else if (isSymlink) {
      const target = targetOf(path);
      if (typeof target === "string") onSkip(path, target);
      else if (target.isFile) yield path;
    }
  }
}

/** What a link leads to, or why it leads to nothing. */
function targetOf(path: string): Deno.FileInfo | string {
  try {
    return Deno.statSync(path);
  } catch (error) {
    return readFailure(error);
  }
}
