/**
 * The sink of a call: rows become one batch of frames, which goes out as one write.
 *
 * A stream has one batch in flight, besides the bytes that gRPC and TLS hold; the next one is made when the client has
 * taken this one. All streams write frames to the same memory, since these are copied before `send` returns. A record
 * that is longer than a batch goes out in slices: a copy of its size for each would be megabytes of garbage, which pile
 * up faster than they are collected. A few long records are held whole in the process; of any more of them one slice
 * at a time is held, and the record is read again for the next one.
 *
 * @module
 */
import type { RecordSink } from "../../records/record_sink.ts";
import { bytesInFlight } from "../transport/bytes_in_flight.ts";
import { type StreamBuffer, StreamBuffers } from "../transport/stream_buffers.ts";
import { copyReturned, holdCopy, isWorthWaiting, returnCopy } from "./_frame_copies.ts";

/**
 * The first batch is small, and each one after it twice as large: the first record comes soon, and a client that ends
 * early has waited for little.
 */
const FIRST_BATCH_BYTES = 8 * 1024;
/** A record of at most so many bytes is written at once, however small batches are. */
const ONE_WRITE_BYTES = 128 * 1024;
/** A record that is longer than a batch is sent so many bytes at a time. */
const SLICE_BYTES = 64 * 1024;
/** So much of a long frame is sent at a time that is not held. */
const PART_BYTES = 256 * 1024;

/** What a sink depends on. */
export interface FrameSinkOptions {
  /** The buffer of the stream; batches are no longer than it may become. @default one that no other stream limits */
  readonly buffer?: StreamBuffer;
}

/**
 * Returns a sink that sends batches of frames. `sendFrames` must copy them before it returns; it resolves when there is
 * room for more.
 */
export function createFrameSink(
  sendFrames: (frames: Uint8Array) => Promise<void>,
  onRecords: (count: number) => void,
  { buffer = new StreamBuffers().open() }: FrameSinkOptions = {},
): RecordSink {
  const send = (frames: Uint8Array): Promise<void> => {
    buffer.wrote(frames.length);
    return sendFrames(frames);
  };
  let sent = Promise.resolve();
  let room = FIRST_BATCH_BYTES;
  /** What was sent of a long frame that was not sent whole, and its length. */
  let begun: { readonly to: number; readonly length: number } | undefined;
  return {
    sendLong: (batch): boolean => {
      const { maxFrameBytes } = batch;
      const { frames } = batch.writeFrames(maxFrameBytes, 1);
      if (begun !== undefined && begun.length !== frames.length) {
        throw new RangeError(`Cannot send the rest of a record: it takes ${frames.length} bytes, not ${begun.length}`);
      }
      const from = begun?.to ?? 0;
      begun = undefined;
      if (frames.length - from <= PART_BYTES) {
        sent = sendInSlices(frames.subarray(from), send, { maxFrameBytes });
      } else if (holdCopy()) {
        sent = sendInSlices(frames.subarray(from), send, { maxFrameBytes }).finally(returnCopy);
      } else if (isWorthWaiting()) {
        begun = { to: from, length: frames.length };
        sent = copyReturned();
      } else {
        begun = { to: from + PART_BYTES, length: frames.length };
        sent = send(frames.subarray(from, begun.to));
      }
      if (begun === undefined) onRecords(1);
      return begun === undefined;
    },
    send: (batch): number => {
      const max = Math.min(bytesInFlight.batchBytes, buffer.maxBytes);
      let written = batch.writeFrames(Math.min(room, max));
      if (written.rows === 0 && room < max) written = batch.writeFrames(max);
      if (written.rows === 0) written = batch.writeFrames(ONE_WRITE_BYTES, 1);
      room = Math.min(2 * room, ONE_WRITE_BYTES);
      if (written.rows > 0) {
        sent = send(written.frames);
        onRecords(written.rows);
        return written.rows;
      }
      const { maxFrameBytes } = batch;
      const { rows, frames } = batch.writeFrames(maxFrameBytes, 1);
      if (rows === 0) throw new RangeError(`Cannot send a record: it takes more than ${maxFrameBytes} bytes`);
      sent = sendInSlices(frames, send, { maxFrameBytes });
      onRecords(1);
      return 1;
    },
    ready: () => sent,
  };
}

/** Where the next long frame is copied to, unless another stream has not sent its own yet. */
let spare: Uint8Array | undefined;

/** Lets go of the copy that is kept for the next long frame. */
export function forgetLongFrame(): void {
  spare = undefined;
}

/** Sends a long frame; copies it before it returns. */
async function sendInSlices(
  frame: Uint8Array,
  send: (slice: Uint8Array) => Promise<void>,
  { maxFrameBytes }: { readonly maxFrameBytes: number },
): Promise<void> {
  // A short rest needs no copy that is used again.
  const isShort = frame.length <= PART_BYTES;
  const copy = isShort ? frame.slice() : spare ?? new Uint8Array(maxFrameBytes);
  if (!isShort) {
    spare = undefined;
    copy.set(frame);
  }
  try {
    for (let from = 0; from < frame.length;) {
      const to = Math.min(from + SLICE_BYTES, frame.length);
      await send(copy.subarray(from, to));
      from = to;
    }
  } finally {
    if (!isShort) spare = copy;
  }
}
