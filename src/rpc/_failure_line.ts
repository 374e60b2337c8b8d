/**
 * A line about a failure: one per cause and minute, with how many of its kind were held back.
 *
 * @module
 */
import type { Cause, LineLimiter } from "../telemetry/line_limiter.ts";
import type { LogFields, Logger } from "../telemetry/log.ts";

/** Where lines go, and which of them. */
export interface FailureWriter {
  /** Where lines go. */
  readonly log: Logger;
  /** Which of them are written. */
  readonly limiter: LineLimiter;
}

/** A line that is to be written. */
export interface FailureLine {
  /** @default "warn" */
  readonly level?: "error" | "warn" | "info";
  /** What has happened. */
  readonly message: string;
  /** Made only where the line is written. */
  readonly fields: () => LogFields;
}

/** The message of a call that was refused. */
export const REFUSED = "Call refused";

/** Characters of a reason, which names files and answers of the API server. */
export const REASON_LENGTH = 512;

/** Characters of a reason that tell one cause from another. */
export const KEY_REASON_LENGTH = 96;

/** Writes a line unless its cause had one lately; reports whether it did. */
export function writeFailure({ log, limiter }: FailureWriter, cause: Cause, line: FailureLine): boolean {
  const heldBack = limiter(cause);
  if (heldBack === undefined) return false;
  const { level = "warn", message, fields } = line;
  log[level](message, { ...fields(), ...(heldBack > 0 ? { heldBack } : {}) });
  return true;
}
