/**
 * The error of a follow that cannot send all that was written to its log.
 *
 * @module
 */
import { LogReadError } from "../../logs/log_file.ts";

/**
 * Records that were written cannot be sent any more. The message says what is lost, and how much where that is known.
 */
export class LogLossError extends LogReadError {
  /** The class, as an error log shows it. */
  override readonly name = "LogLossError";
}
