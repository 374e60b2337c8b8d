/**
 * Why a path cannot be read, in words.
 *
 * @module
 */
import { systemErrorText } from "../../logs/log_file.ts";

/** Returns the system's reason; the runtime's own where it does not permit it, or has no code for it. */
export function readFailure(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  return error instanceof Deno.errors.NotCapable || code === undefined ? String(message) : systemErrorText(code);
}
