/**
 * A pause that a signal ends.
 *
 * @module
 */
import { setTimeout } from "node:timers";
import type { WaitOptions } from "./abortable.ts";

/** How a pause ends, and what it keeps alive. */
export interface SleepOptions extends WaitOptions {
  /** Whether the pause keeps the process alive. @default {true} */
  readonly keepsAlive?: boolean;
}

/** Resolves after `ms` milliseconds. Rejects with the signal's reason; then neither timer nor listener is left. */
export function sleep(ms: number, { signal, keepsAlive = true }: SleepOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = (): void => {
      timer[Symbol.dispose]();
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    if (!keepsAlive) timer.unref();
    signal.addEventListener("abort", onAbort, { once: true });
  });
}
