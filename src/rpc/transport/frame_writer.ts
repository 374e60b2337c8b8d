/**
 * Writing many records at a time: bytes that are complete gRPC frames already go to the call's HTTP/2 stream as they
 * are, past grpc-js.
 *
 * grpc-js would take each message through a queue of its own, make a buffer for it and put a head before it, which is
 * half of the work of sending a batch. The client sees no difference. All else – headers, status, trailers, the end of
 * a call – stays with grpc-js.
 *
 * The bytes are copied before they are written, because the kernel's memory belongs to all streams: not a byte of one
 * caller's records may go out to another. Copies are used again once they are written; a new one for each batch would
 * be megabytes of garbage several times a second.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { Metadata } from "@grpc/grpc-js";
import { bytesInFlight } from "./bytes_in_flight.ts";
import type { WritableCall } from "./sender.ts";

/** The size of a copy that is kept for later: the largest batch. */
const BATCH_BYTES = 128 * 1024;
/** A write of at most so many bytes gets a copy of its own length. */
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
 * As with grpc-js, nothing calls back when the call is over: its signal is aborted.
 */
export function frameWriter(
  call: { sendMetadata(metadata: Metadata): void },
  stream: FrameStream,
): WritableCall<Uint8Array> {
  return {
    write: (frames, callback) => {
      if (!stream.headersSent) call.sendMetadata(new Metadata());
      const { length } = frames;
      const copy = copyOf(frames);
      bytesInFlight.addWrite(copy.length);
      return stream.write(copy.subarray(0, length), (error) => {
        bytesInFlight.addWrite(-copy.length);
        if (error && stream.destroyed) return;
        // After an error it may be in use still.
        if (!error && copy.length === BATCH_BYTES && spare.length < MAX_SPARE) spare.push(copy);
        callback(error);
      });
    },
  };
}

/** A copy that begins with the frames; of {@linkcode BATCH_BYTES} where it can be used again. */
function copyOf(frames: Uint8Array): Buffer {
  const { length } = frames;
  // While clients are slow, each of them holds its copy: that is no longer than it has to be.
  const isExact = length <= SMALL_BYTES || length > BATCH_BYTES || bytesInFlight.batchBytes < BATCH_BYTES;
  if (isExact) return Buffer.from(frames);
  const copy = spare.pop() ?? Buffer.alloc(BATCH_BYTES);
  copy.set(frames);
  return copy;
}
