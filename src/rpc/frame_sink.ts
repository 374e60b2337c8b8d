/**
 * The sink of a call: rows become one batch of frames, which goes out as one write.
 *
 * A batch is what is in flight for a stream, besides what gRPC and TLS hold of it; the next one is made when the client has taken this one. All streams fill
 * the same area of the kernel's memory, since it is copied before the turn ends.
 *
 * @module
 */
import { kernel } from "../kernel/kernel.ts";
import type { RecordSink } from "../records/record_sink.ts";

const BATCH_BYTES = 128 * 1024;

/** A sink that sends batches of frames; `send` copies them before it returns and resolves when there is room for more. */
export function createFrameSink(
  send: (frames: Uint8Array) => Promise<void>,
  onRecords: (count: number) => void,
): RecordSink {
  const { memory, out } = kernel;
  let sent = Promise.resolve();
  return {
    send: (count): number => {
      let batch = kernel.putFrames(0, count, BATCH_BYTES);
      // One record of more than a batch goes out alone.
      if (batch.rows === 0) batch = kernel.putFrames(0, 1, out.bytes);
      sent = send(memory.subarray(out.address, out.address + batch.bytes));
      onRecords(batch.rows);
      return batch.rows;
    },
    ready: () => sent,
  };
}
