/**
 * How many frames a client may send to which HTTP/2 answers by itself, PING and SETTINGS: each costs
 * time, also where its client reads the answers. Those that are not read are limited by `unread_limit.ts`.
 *
 * @module
 */
import type { Clock } from "./clock.ts";
import { FIXED_LIMITS } from "./transport_limits.ts";

const { controlBurst: { value: BURST }, controlsPerSecond: { value: PER_SECOND } } = FIXED_LIMITS;

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
