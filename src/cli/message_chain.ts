/**
 * An error in one line.
 *
 * @module
 */

/** Returns the message of an error and those of its causes. */
export function messageChain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${messageChain(error.cause)}`;
}
