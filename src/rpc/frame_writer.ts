/**
 * Writing many records at a time: bytes that are complete gRPC frames already go to the call's HTTP/2 stream as they are, past grpc-js.
 *
 * grpc-js would take each message through a queue of its own, make a buffer for it and put a head before it, which is half of the work of sending a batch. The client
 * cannot tell. All else – headers, status, trailers, the end of a call – stays with grpc-js.
 *
 * What is written is copied first, because the kernel's memory belongs to all streams: not a byte of one caller's records may go out to another. Copies are
 * used again once they are written; a new one for each batch would have megabytes of garbage collected several times a second.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { Metadata } from "@grpc/grpc-js";
import type { WritableCall } from "./sender.ts";

/** The most that goes out in one write, in bytes; what is longer is written all the same, but each time copied to new memory. */
export const BATCH_BYTES = 64 * 1024;
/** What is no longer gets a copy of its own length. */
const SMALL_BYTES = 2 * 1024;
/** So many copies are kept for later: more are seldom being written at a time. */
const MAX_SPARE = 16;

const spare: Buffer[] = [];

/** The HTTP/2 stream of a call. */
export interface FrameStream {
  /** Whether the headers of the answer were sent. */
  readonly headersSent: boolean;
  /** Whether nothing more can be sent. */
  readonly destroyed: boolean;
  /** Takes bytes, which must not change until it calls back. */
  write(bytes: Uint8Array, callback: (error?: Error | null) => void): boolean;
}

/**
 * The writable side of a call that sends complete frames. The bytes may be used again as soon as `write` has returned.
 *
 * As with grpc-js, there is no call back when the call is over: its signal tells.
 */
export function frameWriter(
  call: { sendMetadata(metadata: Metadata): void },
  stream: FrameStream,
): WritableCall<Uint8Array> {
  return {
    write: (frames, callback) => {
      if (!stream.headersSent) call.sendMetadata(new Metadata());
      const reused = isLarge(frames) ? spare.pop() ?? Buffer.alloc(BATCH_BYTES) : undefined;
      reused?.set(frames);
      return stream.write(reused?.subarray(0, frames.length) ?? Buffer.from(frames), (error) => {
        if (error && stream.destroyed) return;
        // After an error it may be in use still.
        if (reused !== undefined && !error && spare.length < MAX_SPARE) spare.push(reused);
        callback(error);
      });
    },
  };
}

function isLarge({ length }: Uint8Array): boolean {
  return length > SMALL_BYTES && length <= BATCH_BYTES;
}
