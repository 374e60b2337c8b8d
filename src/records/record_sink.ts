/**
 * Where records go: the contract between the readers of this room and whoever sends or prints.
 *
 * @module
 */
import type { RowBatch } from "./scan/row_batch.ts";

/** Takes records in order, with backpressure. */
export interface RecordSink {
  /**
   * Takes the first records of the batch, as many as it has room for but at least one, and sends them; returns how
   * many. What it keeps it has copied: the batch can be read until `send` returns.
   */
  send(batch: RowBatch): number;
  /**
   * Takes the only record of the batch, which is a long one, or a part of it; returns whether it has taken the whole.
   * Where it has not, the same record is to be given again when it is ready, and it goes on where it was. A sink
   * without it takes long records as others.
   */
  sendLong?(batch: RowBatch): boolean;
  /** Resolves when there is room for the next batch; rejects when nobody takes any more. */
  ready(): Promise<void>;
}
