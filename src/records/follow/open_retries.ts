/**
 * Errors of a followed log's name that may be none at the next look: another owner's file, no descriptor left, a file server that does not answer.
 *
 * Each reason is reported once. When no look has succeeded for a while, the last error is final.
 *
 * @module
 */
import { LogNotFoundError, TooManyFilesError } from "../../logs/log_file.ts";
import { LogLossError } from "./log_loss.ts";

/** The errors of one log since its name was last looked at with success. */
export interface Retries {
  /**
   * A look has failed. Returns the error that ends the follow, when looks have failed for too long.
   *
   * @throws {unknown} the error itself when it is not the system's
   */
  failed(error: unknown, nowMs: number): Error | undefined;
}

/** What is to be known of them. */
export interface RetriesOptions {
  /** Milliseconds after which an error is final. */
  readonly limitMs: number;
  /** Since when looks fail. */
  readonly sinceMs: number;
  /** Told of each reason once. */
  readonly onError: (reason: string) => void;
}

/** No look has failed yet. */
export function createRetries({ limitMs, sinceMs, onError }: RetriesOptions): Retries {
  const reported = new Set<string>();
  return {
    failed: (error, nowMs) => {
      if (!isSystemError(error)) throw error;
      const { message } = error;
      if (!reported.has(message)) {
        reported.add(message);
        onError(message);
      }
      return nowMs - sinceMs < limitMs ? undefined : finalError(error);
    },
  };
}

function isSystemError(error: unknown): error is Error {
  if (error instanceof LogNotFoundError || error instanceof TooManyFilesError) return true;
  if (error instanceof Deno.errors.PermissionDenied) return true;
  return error instanceof Error && typeof (error as { code?: unknown }).code === "string";
}

/** The error for the caller. A lack of descriptors is none of the log's. */
function finalError(error: Error): Error {
  if (error instanceof TooManyFilesError) return error;
  return new LogLossError(`Cannot follow the log any further: ${error.message}`, { cause: error });
}
