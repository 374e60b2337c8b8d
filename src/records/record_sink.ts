/**
 * Where records go: the contract between the readers of this room and whoever sends or prints.
 *
 * @module
 */

/** Takes records in order, with backpressure. */
export interface RecordSink {
  /**
   * Takes the kernel's first `count` rows, as many as make one batch – at least one – and sends them; returns how many. What it keeps it has copied: the
   * kernel's memory may be overwritten as soon as it returns. One that serves several callers calls `kernel.takeRows` first, which throws where the rows
   * may be another caller's.
   */
  send(count: number): number;
  /** Resolves when there is room for the next batch; rejects when nobody takes any more. */
  ready(): Promise<void>;
}
