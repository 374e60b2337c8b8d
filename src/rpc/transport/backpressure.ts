/**
 * Not faster than the connection takes it: what HTTP/2 leaves out of its back pressure.
 *
 * Deno's HTTP/2 calls a message written when nghttp2 has taken it, and hands its frames to the socket whether that is full or not; only the client's
 * flow-control windows – tens of megabytes, for a client that wants speed – stop it. With 100 streams, 80 MB of frames were seen waiting. So each message
 * waits here until the socket has little left to write. Those who wait go on one by one, in the order in which they came, so that no more than one message
 * is added to what waits already.
 *
 * @module
 */
import { setImmediate } from "node:timers/promises";

/** The most bytes that wait in a socket before anything is added. */
const MAX_WAITING_BYTES = 256 * 1024;

/** The part of a socket by which its pace is known. */
export interface PressuredSocket {
  /** Bytes that wait to be written. */
  readonly writableLength: number;
  /** Whether it is over. */
  readonly destroyed: boolean;
  /** Registers for `drain`, when nothing waits any more, and `close`. */
  once(event: "drain" | "close", listener: () => void): unknown;
  /** Takes a registration back. */
  off(event: "drain" | "close", listener: () => void): unknown;
}

const waiting = new WeakMap<PressuredSocket, (() => void)[]>();

/** Resolves when the socket has room; at once where it has, or where it is over. Never rejects. */
export function socketHasRoom(socket: PressuredSocket): Promise<void> {
  const queue = waiting.get(socket);
  if (queue === undefined && (socket.writableLength <= MAX_WAITING_BYTES || socket.destroyed)) return Promise.resolve();
  return new Promise((resolve) => {
    if (queue !== undefined) {
      queue.push(resolve);
      return;
    }
    const first = [resolve];
    waiting.set(socket, first);
    void letPass(socket, first);
  });
}

/** Lets those who wait go on, one a turn, whenever there is room; ends when nobody waits. */
async function letPass(socket: PressuredSocket, queue: (() => void)[]): Promise<void> {
  while (queue.length > 0) {
    if (socket.writableLength > MAX_WAITING_BYTES && !socket.destroyed) await drained(socket);
    queue.shift()?.();
    // What that one sends now counts before the next one goes on.
    await setImmediate();
  }
  waiting.delete(socket);
}

function drained(socket: PressuredSocket): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      socket.off("drain", done);
      socket.off("close", done);
      resolve();
    };
    socket.once("drain", done);
    socket.once("close", done);
  });
}
