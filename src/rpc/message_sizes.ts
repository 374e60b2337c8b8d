/**
 * How many bytes each message took: grpc-js serializes messages and does not tell.
 *
 * @module
 */

const sizes = new WeakMap<object, number>();

/** Notes that a message was serialized. */
export function noteSize(message: unknown, bytes: number): void {
  if (typeof message === "object" && message !== null) sizes.set(message, bytes);
}

/** The bytes that a message took when it was serialized last; 0 where it was not. */
export function sizeOf(message: unknown): number {
  return typeof message === "object" && message !== null ? sizes.get(message) ?? 0 : 0;
}
