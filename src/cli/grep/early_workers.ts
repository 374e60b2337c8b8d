/**
 * Scan workers that start while the rest of the command is loaded, where a file is so long that they are of use.
 *
 * Imports nothing, so that nothing has to be loaded first.
 *
 * @module
 */
import type { ThreadPool } from "../../records/parallel/worker_pool.ts";

/** A shorter file is searched before they would be there. */
const LONG_BYTES = 32 * 1024 * 1024;

/** Starts scan workers where one of the files is long; resolves to undefined where none is. */
export async function earlyWorkers(files: readonly string[]): Promise<ThreadPool | undefined> {
  if (!files.some(isLong)) return undefined;
  const { createWorkerPool } = await import("../../records/parallel/worker_pool.ts");
  const workers = createWorkerPool({ folder: "." });
  workers.start();
  return workers;
}

/** Whether a file is long; not so where that cannot be told, which is reported when the file is opened. */
function isLong(name: string): boolean {
  if (name === "-") return false;
  try {
    const { isFile, size } = Deno.statSync(name);
    return isFile && size >= LONG_BYTES;
  } catch {
    return false;
  }
}
