/**
 * How many frames a client may send to which HTTP/2 answers by itself, PING and SETTINGS: where the answers are not
 * read, Deno keeps them without a limit, and does not show how many.
 *
 * @module
 */
import type { Clock } from "./clock.ts";

/** So many frames may come at once … */
const BURST = 100_000;
/** … and so many more a second; a client that measures its line sends one for each of its round trips. */
const PER_SECOND = 5_000;

/** Returns a function that counts a frame; `onAbuse` is called when there were too many, perhaps again. */
export function controlLimit({ onAbuse, clock }: { readonly onAbuse: () => void; readonly clock: Clock }): () => void {
  let allowed = BURST;
  let countedAt = clock.now();
  return () => {
    const time = clock.now();
    allowed = Math.min(BURST, allowed + (time - countedAt) * PER_SECOND / 1_000) - 1;
    countedAt = time;
    if (allowed < 0) onAbuse();
  };
}
