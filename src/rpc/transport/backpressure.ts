/**
 * Backpressure by the socket of a connection, which HTTP/2 leaves out.
 *
 * Deno's HTTP/2 reports a message as written when nghttp2 has taken it, and hands its frames to the socket whether that
 * is full or not. Only the client's flow-control windows stop it: tens of megabytes, for a client that wants speed.
 * With 100 streams, 80 MB of frames were seen waiting. So each stream waits here until its socket has little left to
 * write. Streams go on one a tick, in the order in which they came, so that one message at most is added to what waits
 * already.
 *
 * @module
 */
import { setImmediate } from "node:timers";
import type { WaitOptions } from "../../scheduling/abortable.ts";
import { WaitQueue } from "../../scheduling/wait_queue.ts";
import { bytesInFlight } from "./bytes_in_flight.ts";

/** The part of a socket that tells whether it has room. */
export interface PressuredSocket {
  /** Bytes that wait to be written. */
  readonly writableLength: number;
  /** Whether it will emit `drain`: it does only after a write that went past its high-water mark. */
  readonly writableNeedDrain: boolean;
  /** Whether it is over. */
  readonly destroyed: boolean;
  /** Registers for `drain`, when nothing waits any more, and `close`. */
  once(event: "drain" | "close", listener: () => void): unknown;
  /** Takes a registration back. */
  off(event: "drain" | "close", listener: () => void): unknown;
}

const queues = new WeakMap<PressuredSocket, SocketQueue>();

/**
 * Resolves when the socket has room; at once where it has, or where it is over. Rejects with the signal's reason while
 * it waits.
 */
export function socketHasRoom(socket: PressuredSocket, options: WaitOptions): Promise<void> {
  const queue = queues.get(socket);
  if (queue !== undefined) return queue.wait(options);
  if (hasRoom(socket)) return Promise.resolve();
  return new SocketQueue(socket).wait(options);
}

/** A socket with little in it, below its high-water mark, would never say that it has room again. */
function hasRoom({ writableLength, writableNeedDrain, destroyed }: PressuredSocket): boolean {
  return writableLength <= bytesInFlight.socketBytes || !writableNeedDrain || destroyed;
}

/** The streams that wait for one socket. Exists while there are any, and for a tick after the last one went on. */
class SocketQueue {
  readonly #socket: PressuredSocket;
  readonly #queue = new WaitQueue();
  #isListening = false;

  /** A queue that waits for its socket to drain. */
  constructor(socket: PressuredSocket) {
    this.#socket = socket;
    queues.set(socket, this);
    this.#listen();
  }

  wait({ signal }: WaitOptions): Promise<void> {
    return this.#queue.wait({ signal, onAbort: this.#closeIfIdle });
  }

  #listen(): void {
    this.#isListening = true;
    this.#socket.once("drain", this.#onRoom);
    this.#socket.once("close", this.#onRoom);
  }

  #stopListening(): void {
    this.#isListening = false;
    this.#socket.off("drain", this.#onRoom);
    this.#socket.off("close", this.#onRoom);
  }

  readonly #onRoom = (): void => {
    this.#stopListening();
    this.#admitNext();
  };

  readonly #admitNext = (): void => {
    if (this.#queue.size === 0) {
      queues.delete(this.#socket);
    } else if (hasRoom(this.#socket)) {
      this.#queue.admitNext();
      // What that stream sends now counts before the next one goes on.
      setImmediate(this.#admitNext);
    } else {
      this.#listen();
    }
  };

  /** Nobody is left, and nothing else will call `#admitNext`. */
  readonly #closeIfIdle = (): void => {
    if (this.#queue.size > 0 || !this.#isListening) return;
    this.#stopListening();
    queues.delete(this.#socket);
  };
}
