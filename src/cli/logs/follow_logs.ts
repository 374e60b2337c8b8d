/**
 * Follows several logs, also those that appear later in the folder of logs.
 *
 * Ends when the signal says so; where no log can appear that is wanted, when all have ended.
 *
 * @module
 */
import { createPoller, type Poller } from "../../scheduling/poller.ts";
import { InputError } from "../files/input.ts";
import { findLogs } from "./find_logs.ts";
import type { FoundSources } from "./find_sources.ts";
import { isSelected } from "./log_selector.ts";
import { labelSources, type LogSource, type NamedPath } from "./log_source.ts";

/** The most logs that are followed; each has open files. */
const MAX_LOGS = 1000;

/** How they are followed. */
export interface FollowLogsOptions {
  /** The folder of logs by name. */
  readonly folder: string;
  /** Follows one; reports what goes wrong with it, and rejects only where nothing can go on. */
  readonly follow: (
    source: LogSource,
    options: { readonly signal: AbortSignal; readonly isNew: boolean },
  ) => Promise<void>;
  /** Called with what is not followed, in words. */
  readonly onError: (message: string) => void;
  /** Whether the last time that is wanted is over: what a log that appears now says is not. */
  readonly isOver: () => boolean;
  /** Ends the follow. */
  readonly signal: AbortSignal;
  /** Looks for logs that appear. @default {one of its own, about once in a second} */
  readonly poller?: Poller | undefined;
}

/** Follows the logs; resolves when the follow has ended. */
export async function followLogs({ sources, selectors }: FoundSources, options: FollowLogsOptions): Promise<void> {
  const { folder, follow, onError, isOver, signal, poller = createPoller() } = options;
  const ending = new AbortController();
  const over = AbortSignal.any([signal, ending.signal]);
  const ended = Promise.withResolvers<void>();
  const known = new Map<string, NamedPath>(sources.map(({ path }) => [path, { path }]));
  const running = new Set<Promise<void>>();
  let isFull = false;

  function endIfDone(): void {
    if (running.size === 0 && (selectors.length === 0 || isOver())) ended.resolve();
  }

  function begin(source: LogSource, { isNew }: { readonly isNew: boolean }): void {
    if (running.size >= MAX_LOGS) {
      if (!isFull) onError(`Cannot follow ${source.label}: ${MAX_LOGS} logs are followed already, as many as can be`);
      isFull = true;
      return;
    }
    const task = follow(source, { signal: over, isNew })
      .catch((error) => over.aborted ? undefined : ended.reject(error))
      .finally(() => {
        running.delete(task);
        endIfDone();
      });
    running.add(task);
  }

  async function findNew(): Promise<number> {
    const beganMs = performance.now();
    try {
      const logs = await findLogs(folder, {
        includes: (log) => selectors.some((selector) => isSelected(log, selector)),
        signal: over,
      });
      for (const log of logs) {
        if (known.has(log.path)) continue;
        known.set(log.path, { path: log.path, names: log });
        const source = labelSources([...known.values()]).at(-1);
        if (source !== undefined) begin(source, { isNew: true });
      }
    } catch (error) {
      // The folder may be back the next time.
      if (!over.aborted && !(error instanceof InputError)) ended.reject(error);
    }
    endIfDone();
    return performance.now() - beganMs;
  }

  signal.addEventListener("abort", () => ended.resolve(), { once: true });
  if (signal.aborted) ended.resolve();
  for (const source of sources) begin(source, { isNew: false });
  endIfDone();
  using _polls = selectors.length === 0 ? undefined : poller.add(findNew);
  try {
    await ended.promise;
  } finally {
    ending.abort(new DOMException("The follow has ended", "AbortError"));
    await Promise.allSettled(running);
  }
}
