/**
 * Authorization that is reviewed again while a stream goes on: a caller who has lost the right to read gets no more.
 *
 * @module
 */
import { PermissionDeniedError, ReviewUnavailableError } from "../../auth/errors.ts";

/** A call whose authorization is reviewed. */
export interface ReviewedCall {
  /** Fires when the call is over. */
  readonly signal: AbortSignal;
  /** Ends the call with an error. */
  fail(reason: Error): void;
  /** Reports an error that does not end the call. */
  report(error: unknown): void;
}

/** How a call's authorization is reviewed. */
export interface ReviewOptions {
  /** Milliseconds from review to review. */
  readonly reviewMs: number;
  /** Asks the API server again; throws the refusal, or `ReviewUnavailableError` where there is no answer. */
  readonly review: (options: { readonly signal: AbortSignal; readonly fresh: true }) => Promise<unknown>;
}

/**
 * Reviews a call's authorization periodically until disposed of. A refusal ends the call; without an answer it goes on.
 */
export function reauthorizePeriodically(call: ReviewedCall, options: ReviewOptions): Disposable {
  const { reviewMs, review } = options;
  const { signal } = call;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let over = false;

  async function reviewOnce(): Promise<void> {
    try {
      await review({ signal, fresh: true });
    } catch (error) {
      if (over || signal.aborted) return;
      if (!(error instanceof ReviewUnavailableError)) {
        call.fail(error instanceof Error ? error : new PermissionDeniedError("permission denied", { cause: error }));
        return;
      }
      call.report(error);
    }
    later();
  }

  function later(): void {
    if (!over && !signal.aborted) timer = setTimeout(() => void reviewOnce(), reviewMs);
  }

  later();
  return {
    [Symbol.dispose]: () => {
      over = true;
      clearTimeout(timer);
    },
  };
}
