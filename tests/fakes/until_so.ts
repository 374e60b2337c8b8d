/**
 * A wait for what a stand-in is told.
 *
 * @module
 */
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
  signal?.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onAbort = (): void => reject(signal?.reason);
  const waiter = (): void => {
    if (isSo()) resolve();
  };
  signal?.addEventListener("abort", onAbort);
  waiters.add(waiter);
  try {
    waiter();
    await inTime(() => condition, promise, { deadlineMs });
  } finally {
    waiters.delete(waiter);
    signal?.removeEventListener("abort", onAbort);
  }
}
