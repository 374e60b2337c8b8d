/**
 * Where records go: the contract between the readers of this room and whoever sends or prints.
 *
 * @module
 */
import type { RecordRows } from "./record_rows.ts";

/** Takes records in order, with backpressure. */
export interface RecordSink {
  /**
   * Takes rows from the first on, as many as make one batch – at least one – and sends them; returns how many. What it keeps it has copied: the block and the
   * rows may be overwritten as soon as it returns.
   */
  send(block: Uint8Array, rows: RecordRows): number;
  /** Resolves when there is room for the next batch; rejects when nobody takes any more. */
  ready(): Promise<void>;
}
