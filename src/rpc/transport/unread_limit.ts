/**
 * A client that does not read what it is sent gets no more of its requests read: to each PING, each SETTINGS and each
 * call there is an answer, and answers that are not read would pile up without a limit.
 *
 * Messages of streams wait for room by themselves, see `backpressure.ts`.
 *
 * @module
 */
import type { Clock } from "./clock.ts";

/**
 * With more bytes than this waiting in the socket nothing more is read from the client: four times what streams leave
 * there.
 */
const MAX_UNREAD_BYTES = 1024 * 1024;
/** A client that reads nothing for so long while nothing is read from it is cut off. */
const STUCK_MS = 20_000;

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

/**
 * Returns a function that tells whether too much waits to be read by the client. Where it does, `resume` is called once
 * when nothing waits any more.
 */
export function unreadLimit(
  socket: UnreadSocket,
  { onStuck, clock }: UnreadLimitOptions,
): (resume: () => void) => boolean {
  return (resume) => {
    if (socket.destroyed || socket.writableLength <= MAX_UNREAD_BYTES) return false;
    let readBytes = bytesRead(socket);
    const check = (): void => {
      const now = bytesRead(socket);
      if (now === readBytes) return onStuck();
      readBytes = now;
      timer = clock.later(check, STUCK_MS);
    };
    let timer = clock.later(check, STUCK_MS);
    socket.once("close", () => timer[Symbol.dispose]());
    socket.once("drain", () => {
      timer[Symbol.dispose]();
      resume();
    });
    return true;
  };
}

/** How many bytes have been taken for the client, which may have read them. */
export function bytesRead({ bytesWritten, writableLength }: UnreadSocket): number {
  return bytesWritten - writableLength;
}
