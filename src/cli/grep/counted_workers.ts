/**
 * Scan workers whose reads count as progress, like those of the main thread.
 *
 * @module
 */
import type { WorkerPool } from "../../records/parallel/worker_pool.ts";
import type { Progress } from "../files/progress.ts";

/** Returns the worker pool, with the bytes that it scans added to the progress. */
export function countedWorkers(workers: WorkerPool, progress: Progress): WorkerPool {
  return {
    ...workers,
    lend: () => {
      const lent = workers.lend();
      return lent && {
        ...lent,
        scan: async (task) => {
          const found = await lent.scan(task);
          if (found !== undefined) progress.add(found.upTo - found.from);
          return found;
        },
      };
    },
  };
}
