/**
 * Scouts whose looks are progress: what they have read is told, as what is read here is.
 *
 * @module
 */
import type { WorkerPool } from "../../records/parallel/worker_pool.ts";
import type { Progress } from "../files/progress.ts";

/** The scouts, with what they read added to the progress. */
export function countedWorkers(workers: WorkerPool, progress: Progress): WorkerPool {
  return {
    ...workers,
    lend: () => {
      const team = workers.lend();
      return team && {
        ...team,
        scan: async (task) => {
          const found = await team.scan(task);
          if (found !== undefined) progress.add(found.upTo - found.from);
          return found;
        },
      };
    },
  };
}
