/**
 * The files that are read again while the agent runs, every three seconds. A change counts when two polls found it.
 *
 * @module
 */
import { setTimeout } from "node:timers";
import { createPoller } from "../../scheduling/poller.ts";

/**
 * A change is in use after two polls, which is in less than ten seconds on a busy machine, too. Files that are replaced
 * two seconds apart are taken together.
 */
const POLL_MS = 3_000;

/** What reads files again. */
export interface Polled {
  /** Reads them. */
  poll(): Promise<void>;
}

/** Polls for as long as the process lives, and does not keep it alive. */
export function pollFiles(polled: readonly Polled[]): void {
  const poller = createPoller({ everyMs: POLL_MS, later: (callback, ms) => setTimeout(callback, ms).unref() });
  poller.add(async () => {
    for (const one of polled) await one.poll();
    // Reading keeps nobody waiting, and a change is rare.
    return 0;
  });
}
