/**
 * Answers of one message that clients have not taken. These have no back pressure: a client that opens no window could
 * have any number of them kept for it.
 *
 * Of the methods that there are only the health check is answered so, with seven bytes; the most streams that a
 * connection may be allowed keep 7 MB, and do not reach the limit. It stays because `unary` is how a method with one
 * answer is made: nothing else would bound a longer one. Lists are sent in pieces, and have limits of their own.
 *
 * @module
 */
import { FIXED_LIMITS } from "./transport_limits.ts";

const { unreadListBytes: { value: MAX_UNREAD_BYTES } } = FIXED_LIMITS;

/** A client has not taken its answers. */
export class UnreadAnswersError extends Error {
  /** The class, as an error log shows it. */
  override readonly name = "UnreadAnswersError";
  constructor() {
    super(
      `Cannot answer: more than ${MAX_UNREAD_BYTES / 2 ** 20} MiB of answers on this connection have not been read`,
    );
  }
}

/** The part of a stream that is looked at. */
export interface AnsweredStream {
  /** Bytes that HTTP/2 has not taken. */
  readonly writableLength: number;
  /** Registers for the end. */
  once(event: "close", listener: () => void): unknown;
}

const unread = new WeakMap<object, number>();

/**
 * To be called before a call on `connection` is answered.
 *
 * @throws {UnreadAnswersError} if too much waits already
 */
export function checkUnreadAnswers(connection: object): void {
  if ((unread.get(connection) ?? 0) > MAX_UNREAD_BYTES) throw new UnreadAnswersError();
}

/** Counts the answer of a stream until the stream is over. */
export function countAnswer(stream: AnsweredStream, connection: object): void {
  const bytes = stream.writableLength;
  const add = (more: number): void => void unread.set(connection, (unread.get(connection) ?? 0) + more);
  add(bytes);
  stream.once("close", () => add(-bytes));
}
