/**
 * Errors at opening a followed log's next file that may be over soon: another owner's file, no descriptor left, a file
 * server that does not answer.
 *
 * Each reason is reported once. When no attempt has succeeded for a while, the last error is final.
 *
 * @module
 */
import { LogNotFoundError, TooManyFilesError } from "../../logs/log_file.ts";
import { LogLossError } from "./log_loss.ts";

/** The errors of one log since its last success. */
export interface Retries {
  /**
   * An attempt has failed. Returns the error that ends the follow, when all have failed for too long.
   *
   * @throws {unknown} the error itself when it is not the system's
   */
  failed(error: unknown, nowMs: number): Error | undefined;
}

/** What they are judged by. */
export interface RetriesOptions {
  /** Milliseconds after which an error is final. */
  readonly limitMs: number;
  /** Since when attempts fail. */
  readonly sinceMs: number;
  /** Called with each reason once. */
  readonly onError: (reason: string) => void;
}

/** No attempt has failed yet. */
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

/** The error for the caller. A lack of descriptors is not the log's fault. */
function finalError(error: Error): Error {
  if (error instanceof TooManyFilesError) return error;
  return new LogLossError(`Cannot follow the log any further: ${error.message}`, { cause: error });
}
