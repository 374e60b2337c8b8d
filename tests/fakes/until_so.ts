/**
 * A wait for what a stand-in is told.
 *
 * @module
 */
import { abortable } from "../../src/scheduling/abortable.ts";
import { inTime } from "../support/in_time.ts";

/** How long to wait. */
export interface UntilOptions {
  /** Ends the wait; its reason is thrown. */
  readonly signal?: AbortSignal;
  /** Milliseconds after which the wait has failed. @default {60_000} */
  readonly deadlineMs?: number;
}

/** What is waited for. */
export interface UntilSoOptions extends UntilOptions {
  /** What is called after each change. */
  readonly waiters: Set<() => void>;
  /** The condition, as a failure names it. */
  readonly condition: string;
}

/** Resolves when `isSo` holds, which is asked now and after each change. */
export async function untilSo(isSo: () => boolean, options: UntilSoOptions): Promise<void> {
  const { waiters, condition, signal, deadlineMs = 60_000 } = options;
  const { promise, resolve } = Promise.withResolvers<void>();
  const waiter = (): void => {
    if (isSo()) resolve();
  };
  waiters.add(waiter);
  try {
    waiter();
    const met = signal === undefined ? promise : abortable(promise, { signal });
    await inTime(() => condition, met, { deadlineMs });
  } finally {
    waiters.delete(waiter);
  }
}
