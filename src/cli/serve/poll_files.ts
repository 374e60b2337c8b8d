/**
 * The files that are read again while the agent runs, every three seconds. A change counts when two polls found it.
 *
 * A volume that hangs holds up its own files only: after its time a poll is left alone, with a line, and the others go
 * on. It is not begun a second time before it has ended, so that no more than one read of a file ever waits.
 *
 * @module
 */
import { setTimeout } from "node:timers";
import { createPoller } from "../../scheduling/poller.ts";
import type { Logger } from "../../telemetry/log.ts";

/**
 * A change is in use after two polls, which is in less than ten seconds on a busy machine, too. Files that are replaced
 * two seconds apart are taken together.
 */
const POLL_MS = 3_000;
/** A file that is not read within so many milliseconds lies on a volume that hangs. */
const LIMIT_MS = 10_000;

/** What reads files again. */
export interface Polled {
  /** The name of the files in lines of the log. */
  readonly what: string;
  /** Reads them. */
  poll(): Promise<void>;
}

/** What a limited poll works with. */
export interface LimitedPollOptions {
  /** The operator's log. */
  readonly log: Logger;
  /** Calls `onEnd` after so many milliseconds, unless disposed of. @default {a timer that keeps no process alive} */
  readonly later?: (onEnd: () => void, ms: number) => Disposable;
}

/** Polls for as long as the process lives, and does not keep it alive. */
export function pollFiles(polled: readonly Polled[], { log }: { readonly log: Logger }): void {
  const poller = createPoller({ everyMs: POLL_MS, later });
  const polls = polled.map((one) => limitedPoll(one, { log }));
  poller.add(async () => {
    for (const poll of polls) await poll();
    // Reading keeps nobody waiting, and a change is rare.
    return 0;
  });
}

/** Returns a poll that resolves in time, whether or not its files have answered. Rejects as the poll does. */
export function limitedPoll(
  { what, poll }: Polled,
  { log, later: startTimer = later }: LimitedPollOptions,
): () => Promise<void> {
  let isOpen = false;

  return async () => {
    if (isOpen) return;
    isOpen = true;
    const late = Promise.withResolvers<"late">();
    const ended = poll().finally(() => isOpen = false);
    using _timer = startTimer(() => late.resolve("late"), LIMIT_MS);
    if (await Promise.race([ended, late.promise]) !== "late") return;
    log.warn(`Cannot read the ${what} again: no answer within ${LIMIT_MS / 1_000} s`, { advice: ADVICE });
    ended.then(
      () => log.info(`The ${what} can be read again`),
      (error: unknown) => log.warn(`Cannot read the ${what} again`, { reason: String(error) }),
    );
  };
}

const ADVICE = "The volume that they are mounted from hangs: what was read last goes on until it answers";

function later(callback: () => void, ms: number): Disposable {
  return setTimeout(callback, ms).unref();
}
