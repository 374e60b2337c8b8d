/**
 * Sending on a stream at the pace of the client that reads it.
 *
 * grpc-js calls back when HTTP/2 has taken a message – which is the only back pressure there is, its own high-water mark
 * counts objects – and never calls back when the call was cancelled meanwhile; so each send races the call's signal. Then it
 * waits until the connection has room for more, see `backpressure.ts`.
 *
 * @module
 */

import { type PressuredSocket, socketHasRoom } from "./backpressure.ts";

/** The writable side of a grpc-js call. */
export interface WritableCall<Message> {
  /** Serializes and writes a message; calls back when HTTP/2 has taken it. */
  write(message: Message, callback: (error?: Error | null) => void): boolean;
}

/** Makes the function that sends one message and resolves when it has been taken, or rejects with the signal's reason. */
export function sender<Message>(
  call: WritableCall<Message>,
  { signal, socket }: { signal: AbortSignal; socket?: PressuredSocket | undefined },
): (message: Message) => Promise<void> {
  let underWay = false;
  let giveUp: (() => void) | undefined;
  // Once for all messages: a listener for each would take as long as sending a short one.
  signal.addEventListener("abort", () => giveUp?.());
  const taken = (message: Message): Promise<void> => {
    if (signal.aborted) return Promise.reject(signal.reason);
    if (underWay) return Promise.reject(new TypeError("Cannot send a message: the one before it has not been taken"));
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    giveUp = () => reject(signal.reason);
    underWay = true;
    call.write(message, (error) => {
      underWay = false;
      giveUp = undefined;
      if (error) reject(error);
      else resolve();
    });
    return promise;
  };
  return async (message) => {
    await taken(message);
    if (socket !== undefined) await socketHasRoom(socket);
  };
}
