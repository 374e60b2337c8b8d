/**
 * Waiting for a promise no longer than a signal allows.
 *
 * @module
 */

/** What every wait takes. */
export interface WaitOptions {
  /** Ends the wait: it rejects with the signal's reason. */
  readonly signal: AbortSignal;
}

/**
 * Resolves as `promise` does, or rejects with the signal's reason if that comes first. No listener outlives the wait,
 * and a later failure of `promise` is not reported as unhandled: whoever waited has an answer.
 */
export function abortable<T>(promise: Promise<T>, { signal }: WaitOptions): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    promise.then(
      (value) => {
        signal.removeEventListener("abort", onAbort);
        resolve(value);
      },
      (error) => {
        signal.removeEventListener("abort", onAbort);
        reject(error);
      },
    );
  });
}

/** Waits for nothing but the signal: rejects with its reason. */
export function untilAborted(options: WaitOptions): Promise<never> {
  return abortable(Promise.withResolvers<never>().promise, options);
}
