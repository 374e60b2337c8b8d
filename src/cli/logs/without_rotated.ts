/**
 * Leaves out the files that are read as the history of another one, so that none is read twice: by `0.log*`, or in a
 * folder.
 *
 * What is a log's history is decided as the agent decides it. A text that is no container log has none.
 *
 * @module
 */
import { basename, dirname, join } from "node:path";
import { LogNotFoundError, LogReadError, openAt } from "../../logs/log_file.ts";
import { rotatedNaming, siblingFiles } from "../../logs/rotated_files.ts";
import { listHistory } from "../../records/history/history_files.ts";
import { InputError, openInput } from "../files/input.ts";
import { sniffLines } from "../files/lines_of.ts";
import { foldersOf } from "../files/log_with_history.ts";
import { plainLines } from "../files/plain_lines.ts";
import { realPath } from "./real_path.ts";

/** Returns those of the paths that are not read with another one of them, in their order. */
export async function withoutRotated(
  paths: readonly string[],
  { signal }: { readonly signal: AbortSignal },
): Promise<readonly string[]> {
  if (paths.length < 2) return paths;
  const files = paths.map((path) => ({ path, real: realPath(path) }));
  const known = new Set(files.map(({ real }) => real));
  const parents = new Map<string, Parent>();
  const kept: string[] = [];
  for (const { path, real } of files) {
    if (!await isHistory(real, { known, parents, signal })) kept.push(path);
  }
  return kept;
}

/** A log beside rotated files. */
interface Parent {
  /** Whether it is a container log, which has a history. */
  readonly isLog: boolean;
  /** Which files its history is, by their paths; asked for only where the names do not tell. */
  history?: ReadonlySet<string>;
}

interface Known {
  readonly known: ReadonlySet<string>;
  readonly parents: Map<string, Parent>;
  readonly signal: AbortSignal;
}

/** Reports whether a file belongs to one of the known logs. */
async function isHistory(real: string, { known, parents, signal }: Known): Promise<boolean> {
  const folder = dirname(real);
  const name = basename(real);
  for (let at = 1; at < name.length; at++) {
    if (!SEPARATORS.has(name[at] ?? "")) continue;
    const live = join(folder, name.slice(0, at));
    if (!known.has(live)) continue;
    const naming = name.endsWith(".tmp")
      ? rotatedNaming(name.slice(0, -".tmp".length), basename(live))
      : rotatedNaming(name, basename(live));
    if (naming === undefined) continue;
    const parent = parents.get(live) ?? { isLog: await hasHistory(live) };
    parents.set(live, parent);
    if (!parent.isLog) continue;
    if (naming !== "none") return true;
    parent.history ??= await historyOf(live, { signal });
    if (parent.history.has(real)) return true;
  }
  return false;
}

/** What the suffixes of rotated files begin with. */
const SEPARATORS = new Set([".", "-", "_"]);

/** Reports whether a file is a container log; of an empty one its rotated files tell. */
export async function hasHistory(path: string): Promise<boolean> {
  const lines = await linesOf(path);
  if (lines === undefined) return false;
  if (!lines.isEmpty) return lines.format !== plainLines;
  for (const sibling of siblingFiles(realPath(path)).files.filter(({ naming }) => naming !== "none").reverse()) {
    const older = await linesOf(sibling.path);
    if (older !== undefined && !older.isEmpty) return older.format !== plainLines;
  }
  return false;
}

async function linesOf(path: string): Promise<Awaited<ReturnType<typeof sniffLines>> | undefined> {
  try {
    const input = await openInput(path);
    try {
      return await sniffLines(input.file);
    } finally {
      // The bundle's minifier drops a `using` here.
      input[Symbol.dispose]();
    }
  } catch (error) {
    // Opening it to read it reports the error.
    if (error instanceof InputError || error instanceof LogReadError) return undefined;
    throw error;
  }
}

async function historyOf(live: string, { signal }: { readonly signal: AbortSignal }): Promise<ReadonlySet<string>> {
  try {
    const folders = foldersOf(live);
    const file = openAt(live, folders);
    try {
      const history = await listHistory(file, { folders, signal });
      return new Set(history.map(({ listed }) => listed.path));
    } finally {
      // The bundle's minifier drops a `using` here.
      file[Symbol.dispose]();
    }
  } catch (error) {
    // Opening it to read it reports the error.
    if (error instanceof LogNotFoundError || error instanceof LogReadError) return new Set();
    throw error;
  }
}
