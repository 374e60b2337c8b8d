/**
 * Many messages in one write: bytes that are complete gRPC frames already go to the client as they are.
 *
 * grpc-js asks a serializer for one message, takes its length, puts a five-byte frame head before it and copies it. What is
 * returned here for it claims to be five bytes shorter than it is and, when it is to be copied behind the head, overwrites
 * the head as well. So one write carries a whole block of records, at no cost per record; the client cannot tell. One
 * message per write gives 93–116 thousand records a second, batches give over two million.
 *
 * The copy is made within `write` when no other write is pending: the bytes may then be reused at once.
 *
 * @module
 */

import type { Buffer } from "node:buffer";
import type { ServerMethodDefinition } from "@grpc/grpc-js";

/** The bytes before each message: a flag for compression (0), and the message's length, big-endian. */
export const frameHeadBytes = 5;

/** The two members of a serialized message that grpc-js uses. */
interface SerializedMessage {
  readonly byteLength: number;
  copy(target: Uint8Array): void;
}

/** The definition of a streaming method, for a handler that sends batches of complete frames; clients see no difference. */
export function framedMethod<Request>(
  method: ServerMethodDefinition<Request, never>,
): ServerMethodDefinition<Request, Uint8Array> {
  return { ...method, responseSerialize: (frames) => serializedFrames(frames) as Buffer };
}

/** What grpc-js writes verbatim. */
function serializedFrames(frames: Uint8Array): SerializedMessage {
  if (frames.byteLength < frameHeadBytes) {
    throw new RangeError(`Cannot send a batch of frames: ${frames.byteLength} bytes are less than one frame's head`);
  }
  return {
    byteLength: frames.byteLength - frameHeadBytes,
    copy: (target) => target.set(frames, 0),
  };
}
