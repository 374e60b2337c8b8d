/**
 * Scouts whose looks are progress: what they have read is told, as what is read here is.
 *
 * @module
 */
import type { Scouts } from "../../records/scouts.ts";
import type { Progress } from "./progress.ts";

/** The scouts, with what they read added to the progress. */
export function countedScouts(scouts: Scouts, progress: Progress): Scouts {
  return {
    ...scouts,
    lend: () => {
      const team = scouts.lend();
      return team && {
        ...team,
        look: async (task) => {
          const found = await team.look(task);
          if (found !== undefined) progress.add(found.upTo - found.from);
          return found;
        },
      };
    },
  };
}
