/**
 * The sink of a call: rows become one batch of frames, which goes out as one write.
 *
 * A batch is what is in flight for a stream, besides what gRPC and TLS hold of it; the next one is made when the client has taken this one. All streams fill
 * the same buffer, since it is copied before the turn ends.
 *
 * @module
 */
import type { RecordSink } from "../records/record_sink.ts";
import { encodeRecords, firstFrameBytes } from "./record_frames.ts";

const BATCH_BYTES = 64 * 1024;
const batch = new Uint8Array(BATCH_BYTES);

/** A sink that sends batches of frames; `send` copies them before it returns and resolves when there is room for more. */
export function createFrameSink(
  send: (frames: Uint8Array) => Promise<void>,
  onRecords: (count: number) => void,
): RecordSink {
  let sent = Promise.resolve();
  return {
    send: (block, rows): number => {
      const largest = firstFrameBytes(rows);
      const into = largest > batch.length ? new Uint8Array(largest) : batch;
      const { count, bytes } = encodeRecords(block, rows, into);
      sent = send(into.subarray(0, bytes));
      onRecords(count);
      return count;
    },
    ready: () => sent,
  };
}
