/**
 * A client that does not read what it is sent gets no more of its requests read: to each PING, each SETTINGS and each
 * call there is an answer, and answers that are not read would pile up without a limit.
 *
 * Messages of streams wait for room by themselves, see `backpressure.ts`.
 *
 * @module
 */
import type { Clock } from "./clock.ts";
import { FIXED_LIMITS } from "./transport_limits.ts";

/** The part of a socket that is looked at. */
export interface UnreadSocket {
  /** Bytes that wait to be written. */
  readonly writableLength: number;
  /** Bytes that were written, and those that wait. */
  readonly bytesWritten: number;
  /** Whether it is over. */
  readonly destroyed: boolean;
  /** Registers for `drain`, when nothing waits any more. */
  once(event: "drain" | "close", listener: () => void): unknown;
}

/** What is done with a connection. */
export interface UnreadLimitOptions {
  /** Is called when the client reads nothing at all. */
  readonly onStuck: () => void;
  /** Tells the time. */
  readonly clock: Clock;
}

/** What waits to be read by a client. */
export interface UnreadLimit {
  /** Takes note of a frame to which HTTP/2 will answer by itself. */
  owe(): void;
  /** Tells whether too much waits. Where it does, `resume` is called once when nothing waits any more. */
  isHeldBack(this: void, resume: () => void): boolean;
}

/** Watches what waits in a socket. */
export function unreadLimit(socket: UnreadSocket, { onStuck, clock }: UnreadLimitOptions): UnreadLimit {
  /** Frames that want an answer since nothing waited: a few bytes each, and hundreds for their writes. */
  let owed = 0;
  const isFull = (): boolean => {
    const { writableLength } = socket;
    if (writableLength === 0) owed = 0;
    return writableLength > FIXED_LIMITS.unreadBytes.value || owed > FIXED_LIMITS.unreadAnswers.value;
  };
  const isHeldBack = (resume: () => void): boolean => {
    if (socket.destroyed || !isFull()) return false;
    let readBytes = bytesRead(socket);
    const check = (): void => {
      const now = bytesRead(socket);
      if (now === readBytes) return onStuck();
      readBytes = now;
      timer = clock.later(check, FIXED_LIMITS.stuckMs.value);
    };
    let timer = clock.later(check, FIXED_LIMITS.stuckMs.value);
    socket.once("close", () => timer[Symbol.dispose]());
    socket.once("drain", () => {
      timer[Symbol.dispose]();
      resume();
    });
    return true;
  };
  return { owe: () => void owed++, isHeldBack };
}

/** How many bytes have been taken for the client, which may have read them. */
export function bytesRead({ bytesWritten, writableLength }: UnreadSocket): number {
  return bytesWritten - writableLength;
}
