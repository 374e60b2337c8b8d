/**
 * An error in one line.
 *
 * @module
 */

/** Returns the message of an error and those of its causes; a cause whose message is there already is left out. */
export function messageChain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause === undefined) return error.message;
  const cause = messageChain(error.cause);
  return error.message.includes(cause) ? error.message : `${error.message}: ${cause}`;
}
