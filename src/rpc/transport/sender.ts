/**
 * Sends the messages of a stream as fast as its client reads them.
 *
 * grpc-js calls back when HTTP/2 has taken a message, which is the only backpressure it offers: its own high-water mark
 * counts objects. It never calls back when the call was cancelled meanwhile, so each wait ends with the call's signal.
 * After that, a send waits until the connection has room for more, see `backpressure.ts`.
 *
 * @module
 */

import { type PressuredSocket, socketHasRoom } from "./backpressure.ts";

/** The writable side of a grpc-js call. */
export interface WritableCall<Message> {
  /** Serializes and writes a message; calls back when HTTP/2 has taken it. */
  write(message: Message, callback: (error?: Error | null) => void): boolean;
}

/** What a sender depends on. */
export interface SenderOptions {
  /** The call's; ends every wait with its reason. */
  readonly signal: AbortSignal;
  /** The socket of the call's connection. @default a send waits for HTTP/2 only */
  readonly socket?: PressuredSocket | undefined;
}

/**
 * Makes the function that sends one message. It resolves when the message has been taken and the socket has room for
 * another, and rejects with the signal's reason.
 */
export function sender<Message>(
  call: WritableCall<Message>,
  options: SenderOptions,
): (message: Message) => Promise<void> {
  const { signal, socket } = options;
  let isWriting = false;
  let onAbort: (() => void) | undefined;
  // Once for all messages: a listener for each would take as long as sending a short one.
  signal.addEventListener("abort", () => onAbort?.());
  const write = (message: Message): Promise<void> => {
    if (signal.aborted) return Promise.reject(signal.reason);
    if (isWriting) return Promise.reject(new TypeError("Cannot send a message: the one before it has not been taken"));
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    onAbort = () => reject(signal.reason);
    isWriting = true;
    call.write(message, (error) => {
      isWriting = false;
      onAbort = undefined;
      if (error) reject(error);
      else resolve();
    });
    return promise;
  };
  return async (message) => {
    await write(message);
    if (socket !== undefined) await socketHasRoom(socket, options);
  };
}
